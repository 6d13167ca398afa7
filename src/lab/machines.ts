import { createMachine } from '../machine/create.ts'
import { createFabric } from '../machine/fabric.ts'
import type { Machine, MachineTime } from '../machine/machine.ts'
import { pristineState } from '../machine/profiles/pristine.ts'
import type { MachineState } from '../machine/state.ts'
import { realTime } from '../machine/time.ts'
import { tools } from '../machine/tools/index.ts'
import { failingPrograms, fullDisk } from './faults-at-work.ts'
import { sshConnection } from './host-server.ts'
import type { LabHost } from './settings.ts'
import { borrowedTools } from './shell/borrowed.ts'
import { createShell, type Shell } from './shell/shell.ts'

/** A machine to make: as it was kept, or pristine; `cut` cuts its connections. */
export interface MachineRequest {
  readonly host: LabHost
  readonly state: MachineState | null
  cut(): void
}

/** A machine of the lab and its shell. */
export interface MadeMachine {
  readonly host: LabHost
  readonly machine: Machine
  readonly shell: Shell
}

/** Makes the machines, all behind one switch and with one clock. */
export function createMachines(
  requests: readonly MachineRequest[],
  options: { readonly speed?: number; readonly time?: MachineTime },
): readonly MadeMachine[] {
  const fabric = createFabric()
  const time = options.time ?? realTime(options.speed === undefined ? {} : { speed: options.speed })
  return requests.map(({ host, state: kept, cut }) => {
    const { profile, faults } = host.settings
    const state = kept ?? pristineState(host.name, profile, { vms: host.vms })
    const machine = createMachine(state, {
      fabric,
      time,
      environment: () => ({ SSH_CONNECTION: sshConnection(state) }),
      intercept: failingPrograms(faults, cut),
      tools: borrowedTools(Object.keys(tools), () => shell),
      ...(faults.diskFull ? { files: fullDisk } : {}),
      interpreter: async (_machine, text, input) => {
        const env = input.env ?? {}
        const cwd = input.cwd ?? env['HOME'] ?? '/'
        const result = await shell.run({ text, env, cwd, stdin: Buffer.from(input.stdin ?? '') })
        const [stdout, stderr] = [result.stdout, result.stderr].map((bytes) => Buffer.from(bytes).toString('utf8'))
        return { status: result.status, stdout: stdout ?? '', stderr: stderr ?? '' }
      },
    })
    const shell: Shell = createShell(machine, Object.keys(tools))
    fabric.add(machine, { mode: host.settings.switch })
    return { host, machine, shell }
  })
}
