import type { ProgramResult, Tool } from '../machine/machine.ts'
import type { Faults } from './faults.ts'

/** What restarts a network on the distributions of the lab, as a command line. */
const networkRestart =
  /^(systemctl (re)?start (network|NetworkManager)(\.service)?|service network (re)?start|nmcli c(on(nection)?)? (up|reload)\b.*|nmcli (networking|n) on|ifup\b.*|ifdown\b.*)$/

/**
 * The programs of a machine with its faults in front of them: some fail, and with `cut_on: network_restart` those that
 * restart the network cut the connections (`cut`) as they begin.
 */
export function faultyTools(
  tools: Readonly<Record<string, Tool>>,
  faults: Faults,
  cut: () => void,
): Readonly<Record<string, Tool>> {
  if (faults.commands.length === 0 && !faults.cutOnNetworkRestart) return tools
  const failing = failures(faults)
  const faulty = (name: string, tool: Tool): Tool => {
    return (call) => {
      const line = [name, ...call.args].join(' ')
      if (faults.cutOnNetworkRestart && networkRestart.test(line)) cut()
      return failing(line) ?? tool(call)
    }
  }
  return Object.fromEntries(Object.entries(tools).map(([name, tool]) => [name, faulty(name, tool)]))
}

/** How a command line fails, null when it does not; counts down the faults that pass. */
function failures(faults: Faults): (line: string) => ProgramResult | null {
  const left = faults.commands.map((fault) => fault.times ?? Number.POSITIVE_INFINITY)
  return (line) => {
    const at = faults.commands.findIndex((fault, index) => (left[index] ?? 0) > 0 && fault.pattern.test(line))
    const fault = faults.commands[at]
    if (!fault) return null
    left[at] = (left[at] ?? 0) - 1
    return { status: fault.status, stdout: '', stderr: fault.stderr }
  }
}
