import { describe, expect, it } from 'vitest'
import { ovsAtoms, parseOvsTable } from '../../../src/parsers/ovs-vsctl.ts'
import { parseDomainNames, parseDomainXml } from '../../../src/parsers/virsh.ts'
import { bringUpGuests, bringUpVfLag, smallLab } from '../../support/lab-machine.ts'

describe('what the machine prints', () => {
  it('is what the parsers of real tools read', async () => {
    const lab = smallLab()
    await bringUpVfLag(lab)
    await bringUpGuests(lab)
    expect(parseDomainNames((await lab.run('virsh list --all --name'))[1])).toEqual(['vm1', 'vm2'])
    expect(parseDomainXml((await lab.run('virsh dumpxml vm1'))[1])).toEqual({
      name: 'vm1',
      uuid: lab.hv.state.domains['vm1']?.uuid,
      devices: [{ kind: 'interface', pci: '0000:61:00.2', mac: '52:54:00:01:00:00', managed: true }],
    })
    const [, table] = await lab.run('ovs-vsctl -f json --columns=name,ofport,error list Interface')
    expect(
      parseOvsTable(table)?.map((row) => ['name', 'ofport', 'error'].flatMap((column) => ovsAtoms(row.get(column)))),
    ).toEqual([
      ['ovs-sriov', 65534],
      ['bond0', 1],
      ['ens2f0r0', 2],
      ['ens2f0r1', 3],
      ['ens2f1r0', 4],
      ['ens2f1r1', 5],
    ])
  })
})
