import { beforeAll, describe, expect, it } from 'vitest'
import { type SmallLab, smallLab } from '../../support/lab-machine.ts'

describe('ovs-vsctl', () => {
  let lab: SmallLab
  beforeAll(() => {
    lab = smallLab()
  })

  // In this order, on one machine.
  it.each<[string, number, string, string]>([
    ['--version', 0, 'ovs-vsctl (Open vSwitch) 3.3.0\nDB Schema 8.3.1\n', ''],
    ['list-br', 0, '', ''],
    ['br-exists ovs-sriov', 2, '', ''],
    ['get Open_vSwitch . other_config', 0, '{}\n', ''],
    [
      'get Open_vSwitch . other_config:hw-offload',
      1,
      '',
      'ovs-vsctl: no key "hw-offload" in Open_vSwitch record "." column other_config\n',
    ],
    ['--if-exists get Open_vSwitch . other_config:hw-offload', 0, '\n', ''],
    ['--timeout=10 set Open_vSwitch . other_config:hw-offload=true', 0, '', ''],
    ['get Open_vSwitch . other_config:hw-offload', 0, '"true"\n', ''],
    ['get Open_vSwitch . other_config', 0, '{hw-offload="true"}\n', ''],
    ['get open . ovs_version', 0, '"3.3.0"\n', ''],
    ['add-br ovs-sriov', 0, '', ''],
    ['--may-exist add-br ovs-sriov', 0, '', ''],
    [
      'add-br ovs-sriov',
      1,
      '',
      'ovs-vsctl: cannot create a bridge named ovs-sriov because a bridge named ovs-sriov already exists\n',
    ],
    ['br-exists ovs-sriov', 0, '', ''],
    ['add-port ovs-sriov ens2f0', 0, '', ''],
    [
      'add-port ovs-sriov ens2f0',
      1,
      '',
      'ovs-vsctl: cannot create a port named ens2f0 because a port named ens2f0 already exists on bridge ovs-sriov\n',
    ],
    ['--may-exist add-port ovs-sriov ens2f0', 0, '', ''],
    ['-- add-br br2 -- set bridge br2 external-ids:owner=me', 0, '', ''],
    [
      '--may-exist add-port br2 ens2f0',
      1,
      '',
      'ovs-vsctl: "--may-exist add-port br2 ens2f0" but ens2f0 is actually attached to bridge ovs-sriov\n',
    ],
    [
      'add-port ovs-sriov nosuch0',
      0,
      '',
      `ovs-vsctl: Error detected while setting up 'nosuch0': could not open network device nosuch0 (No such device).  See ovs-vswitchd log for details.\novs-vsctl: The default log directory is "/var/log/openvswitch".\n`,
    ],
    ['get Interface nosuch0 error ofport', 0, '"could not open network device nosuch0 (No such device)"\n-1\n', ''],
    ['list-ports ovs-sriov', 0, 'ens2f0\nnosuch0\n', ''],
    ['set port ens2f0 tag=100', 0, '', ''],
    ['get port ens2f0 tag', 0, '100\n', ''],
    [
      'set port ens2f0 tag=5000',
      1,
      '',
      'ovs-vsctl: constraint violation: 5000 is not in the valid range 0 to 4095 (inclusive)\n',
    ],
    ['clear port ens2f0 tag', 0, '', ''],
    ['get port ens2f0 tag', 0, '[]\n', ''],
    ['port-to-br ens2f0', 0, 'ovs-sriov\n', ''],
    ['port-to-br nope', 1, '', 'ovs-vsctl: no port named nope\n'],
    ['br-get-external-id br2', 0, 'owner=me\n', ''],
    [
      '-f json --columns=name,ofport,error list Interface ens2f0 nosuch0',
      0,
      '{"data":[["ens2f0",1,["set",[]]],["nosuch0",-1,"could not open network device nosuch0 (No such device)"]],"headings":["name","ofport","error"]}\n',
      '',
    ],
    [
      '--format=json --columns=other_config list Open_vSwitch',
      0,
      '{"data":[[["map",[["hw-offload","true"]]]]],"headings":["other_config"]}\n',
      '',
    ],
    ['--columns=name,tag list port ens2f0', 0, 'name                : ens2f0\ntag                 : []\n', ''],
    ['--columns=name find port name=nosuch0', 0, 'name                : nosuch0\n', ''],
    ['del-port nosuch0', 0, '', ''],
    ['del-port nosuch0', 1, '', 'ovs-vsctl: no port named nosuch0\n'],
    ['--if-exists del-port ovs-sriov nosuch0', 0, '', ''],
    ['del-br nobr', 1, '', 'ovs-vsctl: no bridge named nobr\n'],
    ['--if-exists del-br nobr', 0, '', ''],
    ['list-br', 0, 'br2\novs-sriov\n', ''],
    ['add-br br3 -- add-port nobr ens2f1', 1, '', 'ovs-vsctl: no bridge named nobr\n'],
    ['br-exists br3', 2, '', ''],
    ['remove Open_vSwitch . other_config hw-offload', 0, '', ''],
    ['get Open_vSwitch . other_config', 0, '{}\n', ''],
    ['get Nonsense . x', 1, '', 'ovs-vsctl: unknown table "Nonsense"\n'],
    ['get Port nope tag', 1, '', 'ovs-vsctl: no row "nope" in table Port\n'],
    ['get Port ens2f0 x', 1, '', 'ovs-vsctl: Port does not contain a column whose name matches "x"\n'],
    ['set Port ens2f0 name=x', 1, '', 'ovs-vsctl: cannot modify read-only column name in table Port\n'],
    ['frobnicate', 1, '', "ovs-vsctl: unknown command 'frobnicate'; use --help for help\n"],
    ['add-br', 1, '', "ovs-vsctl: 'add-br' command requires at least 1 arguments\n"],
  ])('%s', async (line, status, stdout, stderr) => {
    expect(await lab.run(`ovs-vsctl ${line}`)).toEqual([status, stdout, stderr])
  })

  it('shows bridges, ports, tags and errors', async () => {
    await lab.run('ovs-vsctl add-port br2 nosuch1 tag=7')
    const [, stdout] = await lab.run('ovs-vsctl show')
    expect(stdout.split('\n').slice(1).join('\n')).toBe(`    Bridge ovs-sriov
        Port ovs-sriov
            Interface ovs-sriov
                type: internal
        Port ens2f0
            Interface ens2f0
    Bridge br2
        Port br2
            Interface br2
                type: internal
        Port nosuch1
            tag: 7
            Interface nosuch1
                error: "could not open network device nosuch1 (No such device)"
    ovs_version: "3.3.0"
`)
  })

  it('makes an interface of each bridge, and of its ports members of the datapath', () => {
    const masters = Object.fromEntries(lab.hv.kernel.links().map(({ name, master }) => [name, master]))
    expect(masters).toEqual({
      lo: null,
      eno1: null,
      ens2f0: 'ovs-system',
      ens2f1: null,
      'ovs-system': null,
      'ovs-sriov': 'ovs-system',
      br2: 'ovs-system',
    })
  })

  it('leaves nothing behind when the bridges go', async () => {
    const pristine = smallLab()
    await lab.run('ovs-vsctl -- del-br br2 -- del-br ovs-sriov')
    expect(lab.hv.state.ovs).toEqual(pristine.hv.state.ovs)
    expect(Object.keys(lab.hv.state.links)).toEqual(Object.keys(pristine.hv.state.links))
    expect(lab.hv.kernel.link('ens2f0')?.master).toBe(null)
  })

  it('says that the database does not answer when the service is stopped', async () => {
    await lab.run('systemctl stop openvswitch')
    expect(await lab.run('ovs-vsctl --timeout=5 list-br')).toEqual([
      1,
      '',
      'ovs-vsctl: unix:/var/run/openvswitch/db.sock: database connection failed (No such file or directory)\n',
    ])
  })

  it('waits for a vswitchd that does not run until its time is over, and then has entered the change all the same', async () => {
    await lab.run('systemctl start ovsdb-server')
    const [status, stdout, stderr] = await lab.run('ovs-vsctl --timeout=5 add-br br9')
    expect([status, stdout, stderr.replace(/^\S+?\|/, '')]).toEqual([
      142,
      '',
      '00002|fatal_signal|WARN|terminating with signal 14 (Alarm clock)\n',
    ])
    expect(await lab.run('ovs-vsctl --no-wait list-br')).toEqual([0, 'br9\n', ''])
    expect(lab.hv.kernel.link('br9')).toBe(undefined)
    await lab.run('systemctl start openvswitch')
    expect(lab.hv.kernel.link('br9')?.kind).toBe('ovs')
  })
})
