import { createMachine } from '../../src/machine/create.ts'
import { createFabric } from '../../src/machine/fabric.ts'
import { pristineState } from '../../src/machine/profiles/pristine.ts'
import { instantTime } from '../../src/machine/time.ts'
import { MachineHost } from '../support/fleet.ts'
import { hostContract } from '../support/host-contract.ts'

for (const os of ['rhel7.7', 'el9'] as const) {
  hostContract(`a modelled ${os} machine as a host`, async () => {
    const profile = { os, card: os === 'el9' ? 'cx6dx' : 'cx5ex', firmware: 'strict' } as const
    const machine = createMachine(pristineState('hv1', profile, { vms: [] }), {
      fabric: createFabric(),
      time: instantTime(),
    })
    machine.files.mkdir('/root/contract', '0755')
    return { host: new MachineHost('hv1', machine), root: '/root/contract', close: async () => undefined }
  })
}
