import { createMachine } from '../machine/create.ts'
import { createFabric } from '../machine/fabric.ts'
import type { Machine, MachineTime } from '../machine/machine.ts'
import { pristineState } from '../machine/profiles/pristine.ts'
import type { MachineState } from '../machine/state.ts'
import { realTime } from '../machine/time.ts'
import { tools } from '../machine/tools/index.ts'
import { faultyTools } from './faulty-tools.ts'
import type { LabHost } from './settings.ts'

/** A machine to make: as it was kept, or pristine; `cut` cuts its connections. */
export interface MachineRequest {
  readonly host: LabHost
  readonly state: MachineState | null
  cut(): void
}

/** A machine of the lab, and the names of the programs that it models. */
export interface MadeMachine {
  readonly host: LabHost
  readonly machine: Machine
  readonly programs: readonly string[]
}

/** Makes the machines, all behind one switch and with one clock. */
export function createMachines(
  requests: readonly MachineRequest[],
  options: { readonly speed?: number; readonly time?: MachineTime },
): readonly MadeMachine[] {
  const fabric = createFabric()
  const time = options.time ?? realTime(options.speed === undefined ? {} : { speed: options.speed })
  return requests.map(({ host, state, cut }) => {
    const { profile, faults } = host.settings
    const machine = createMachine(state ?? pristineState(host.name, profile, { vms: host.vms }), {
      fabric,
      time,
      tools: faultyTools(tools, faults, cut),
    })
    fabric.add(machine, { mode: host.settings.switch })
    return { host, machine, programs: Object.keys(tools) }
  })
}
