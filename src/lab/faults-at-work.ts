import type { MachineFiles, ProgramResult } from '../machine/machine.ts'
import type { Faults } from './faults.ts'

/** What restarts a network on the distributions of the lab, as a command line. */
const networkRestart =
  /^(systemctl (re)?start (network|NetworkManager)(\.service)?|service network (re)?start|nmcli c(on(nection)?)? (up|reload)\b.*|nmcli (networking|n) on|ifup\b.*|ifdown\b.*)$/

/**
 * What a machine's programs do with its faults: a command that fails has a result in place of its own, and with
 * `cut_on: network_restart` those that restart the network cut the connections (`cut`) as they begin.
 */
export function failingPrograms(faults: Faults, cut: () => void): (argv: readonly string[]) => ProgramResult | null {
  const left = faults.commands.map((fault) => fault.times ?? Number.POSITIVE_INFINITY)
  return (argv) => {
    const line = argv.join(' ')
    if (faults.cutOnNetworkRestart && networkRestart.test(line)) cut()
    const at = faults.commands.findIndex((fault, index) => (left[index] ?? 0) > 0 && fault.pattern.test(line))
    const fault = faults.commands[at]
    if (!fault) return null
    left[at] = (left[at] ?? 0) - 1
    return { status: fault.status, stdout: '', stderr: fault.stderr }
  }
}

/** Files of a machine whose disk is full: kernel attributes and what lives in memory can still be written. */
export function fullDisk(files: MachineFiles): MachineFiles {
  const onDisk = (path: string) => !/^\/(sys|proc|dev|run)\//.test(path)
  const full = { ok: false, errno: 'ENOSPC' } as const
  return {
    ...files,
    // An empty file takes an inode and no block.
    write: async (path, content) => (onDisk(path) && content.length > 0 ? full : await files.write(path, content)),
    mkdir: (path, mode) => (onDisk(path) ? full : files.mkdir(path, mode)),
  }
}
