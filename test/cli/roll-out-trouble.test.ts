import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { comparable } from '../../src/machine/comparable.ts'
import { stackLine, tidy, Workshop } from '../support/program.ts'

const workshop = new Workshop({
  'group_vars/hypervisors.yaml': 'vflag_pfs: [ens2f0, ens2f1]\nvflag_reboot: true\n',
  'host_vars/hv1.yaml':
    'vflag_vms: [{name: vm1, pf: ens2f0, vf: 0, mac: "52:54:00:01:00:01", address: 198.51.100.11}]\n',
  'host_vars/hv2.yaml':
    'vflag_vms: [{name: vm2, pf: ens2f1, vf: 0, mac: "52:54:00:02:00:01", address: 198.51.100.21}]\n',
})
afterAll(() => workshop.remove())

/** Two hypervisors and a client; restarting the network of hv1 always cuts its SSH link. */
const inventory = (faultsOfHv2: string) => `all:
  vars: {ansible_connection: lab}
  children:
    hypervisors:
      hosts:
        hv1: {lab: {os: rhel7.7, faults: {cut_on: network_restart}}}
        hv2: {lab: {os: el9, faults: [${faultsOfHv2}]}}
    clients:
      hosts:
        client1: {lab: {os: client}}
`
workshop.write('hosts.yaml', inventory(''))

async function run(...args: string[]) {
  const ended = await workshop.run([...args, '-i', 'hosts.yaml', '--output', 'lines'])
  expect(ended.stdout + ended.stderr).not.toMatch(stackLine)
  expect(ended.stderr).toBe('')
  const stdout = tidy(ended.stdout).replaceAll(/at +\S*(\/playbooks\/\S+yaml):\d+:\d+$/gm, 'at HERE$1:LINE')
  const recap = stdout.split('\n').flatMap((line) => {
    const [, host, changed, unreachable, failed] =
      /^(\S+) +: ok=\d+ +changed=(\d+) +unreachable=(\d+) +failed=(\d+)/.exec(line) ?? []
    return host === undefined ? [] : [`${host}: changed=${changed} unreachable=${unreachable} failed=${failed}`]
  })
  return { status: ended.status, stdout, recap }
}

/** The condition of a machine as it is kept between runs. */
function condition(host: string): unknown {
  const kept = readFileSync(path.join(workshop.directory, '.vflag/lab', `${host}.json`), 'utf8')
  return comparable(JSON.parse(kept).state)
}

/** The lines of a task, without its heading. */
function task(stdout: string, name: string): string {
  return (
    stdout
      .split(`TASK [${name}]`)[1]
      ?.split('\n\n')[0]
      ?.replace(/^[ *]*\n/, '') ?? ''
  )
}

describe('one hypervisor is in trouble, or left out, while the other is rolled out', () => {
  let pristine: unknown

  test('--limit leaves the others as they are, and the client out; a link that the network restart cuts comes back', async () => {
    const { status, stdout, recap } = await run('--limit', 'hv1')
    expect([status, recap]).toMatchInlineSnapshot(`
      [
        0,
        [
          "hv1: changed=18 unreachable=0 failed=0",
        ],
      ]
    `)
    expect(stdout).toContain(
      'PLAY [Traffic between the client and every VM] ********************************\nno host for it\n',
    )
    pristine = condition('hv2')
  })

  test('a step that fails on one host ends it there; the other is verified, and finds nothing to change', async () => {
    workshop.write(
      'hosts.yaml',
      inventory(
        '{command: "^devlink dev eswitch set .*0000:61:00.1", status: 1, stderr: "devlink answers: Device or resource busy"}',
      ),
    )
    const { status, stdout, recap } = await run()
    expect([status, recap]).toMatchInlineSnapshot(`
      [
        2,
        [
          "hv1: changed=0 unreachable=0 failed=0",
          "hv2: changed=8 unreachable=0 failed=1",
          "client1: changed=0 unreachable=0 failed=0",
        ],
      ]
    `)
    expect(task(stdout, 'Put the e-switches into switchdev mode')).toMatchInlineSnapshot(`
      "ok: [hv1]
      changed: [hv2] (item=ens2f0) => e-switch mode of ens2f0: legacy -> switchdev
      failed: [hv2] (item=ens2f1)
        the command failed: devlink answers: Device or resource busy: offloaded rules hold the e-switch, or another change of it is under way
        command     devlink dev eswitch set pci/0000:61:00.1 mode switchdev
        exit status 1
        stderr      devlink answers: Device or resource busy
        at HERE/playbooks/vflag-lacp.yaml:LINE
        next        look for in_hw in "tc filter show dev NAME ingress" of the port, its bond and its representors, then run again"
    `)
    expect(task(stdout, 'Send traffic to each VM')).toMatchInlineSnapshot(`"ok: [client1]"`)
    expect(task(stdout, 'Packets went through both ports')).toMatchInlineSnapshot(`"ok: [hv1]"`)
  })

  test('the run after the repair does what is left', async () => {
    workshop.write('hosts.yaml', inventory(''))
    const { status, recap } = await run()
    expect([status, recap]).toMatchInlineSnapshot(`
      [
        0,
        [
          "hv1: changed=0 unreachable=0 failed=0",
          "hv2: changed=10 unreachable=0 failed=0",
          "client1: changed=0 unreachable=0 failed=0",
        ],
      ]
    `)
  })

  test('a teardown in the wrong order is refused before anything is changed', async () => {
    const before = ['hv1', 'hv2'].map(condition)
    const vms = await run('teardown.yaml', '--skip-tags', 'boot,vms')
    expect([vms.status, vms.recap]).toMatchInlineSnapshot(`
      [
        2,
        [
          "hv1: changed=0 unreachable=0 failed=1",
          "hv2: changed=0 unreachable=0 failed=1",
        ],
      ]
    `)
    expect(task(vms.stdout, 'Remove the bridge with the bond and the representors')).toMatchInlineSnapshot(`
      "failed: [hv1]
        VF 0 (0000:61:00.2) is held by VM vm1, which has its network through bridge ovs-sriov
        at HERE/playbooks/teardown.yaml:LINE
        next        detach it first (module hostdev with state: detached) or stop vm1
      failed: [hv2]
        VF 0 (0000:61:00.6) is held by VM vm2, which has its network through bridge ovs-sriov
        at HERE/playbooks/teardown.yaml:LINE
        next        detach it first (module hostdev with state: detached) or stop vm2"
    `)
    const both = await run('teardown.yaml', '--skip-tags', 'boot,vms,ovs')
    expect(both.status).toBe(2)
    expect(task(both.stdout, 'Take down the bond')).toMatchInlineSnapshot(`
      "failed: [hv1, hv2]
        bond0 is a port of Open vSwitch, which would be left with a dead port
        at HERE/playbooks/teardown.yaml:LINE
        next        remove it from the bridge first (ovs_port or ovs_bridge with state: absent)"
    `)
    expect(['hv1', 'hv2'].map(condition)).toEqual(before)
  })

  test('--limit tears down one host; verify tells which one lacks VF-LAG and proves the other', async () => {
    const before = condition('hv1')
    const down = await run('teardown.yaml', '--limit', 'hv2')
    expect([down.status, down.recap]).toMatchInlineSnapshot(`
      [
        0,
        [
          "hv2: changed=12 unreachable=0 failed=0",
        ],
      ]
    `)
    expect(condition('hv1')).toEqual(before)
    expect(condition('hv2')).toEqual(pristine)
    const verified = await run('verify.yaml')
    expect([verified.status, verified.recap]).toMatchInlineSnapshot(`
      [
        2,
        [
          "hv1: changed=0 unreachable=0 failed=0",
          "hv2: changed=0 unreachable=0 failed=1",
          "client1: changed=0 unreachable=0 failed=0",
        ],
      ]
    `)
    expect(task(verified.stdout, 'Every layer of VF-LAG is as it has to be')).toMatchInlineSnapshot(`
      "ok: [hv1]
        firmware      ok  it offers 4 VFs on ens2f0 and 4 VFs on ens2f1
        VFs           ok  2 VFs on ens2f0 and 2 VFs on ens2f1
        e-switch      ok  ens2f0 and ens2f1 in switchdev mode
        LAG           ok  LAG of type switchdev is active on ens2f0 and ens2f1 (both e-switches are in switchdev mode, bond0 is over the two ports and nothing else and kernel log: "lag map port PORT:1 port PORT:2")
        bond          ok  bond0 runs in mode 802.3ad over ens2f0 and ens2f1
        LACP          ok  ens2f0 and ens2f1 collect and distribute, partner 24:8a:07:aa:bb:cc
        representors  ok  4 representors, all up
        OVS ports     ok  bond0 and 4 representors in ovs-sriov, without error
        offload       ok  hw-offload of Open vSwitch and hw-tc-offload of ens2f0 and ens2f1 are on
        VMs           ok  vm1 runs with its VF
      failed: [hv2]
        firmware      ok      it offers 4 VFs on ens2f0 and 4 VFs on ens2f1
        VFs           not ok  0 VFs on ens2f0 and 0 VFs on ens2f1, but must be 2 on each
        e-switch      not ok  ens2f0 is in legacy mode and ens2f1 is in legacy mode, but must be in switchdev
        LAG           not ok  the card has not made a VF-LAG: there is no bond bond0
        bond          not ok  there is no bond bond0
        representors  not ok  ens2f0 and ens2f1 have none
        OVS ports     not ok  there is no bridge ovs-sriov
        offload       not ok  hw-offload of Open vSwitch is off, hw-tc-offload of ens2f0 is off and hw-tc-offload of ens2f1 is off
        VMs           not ok  ens2f1 has no VF 0 for vm2: it has 0 VFs
        8 of 9 checks do not hold: VFs: 0 VFs on ens2f0 and 0 VFs on ens2f1, but must be 2 on each; e-switch: ens2f0 is in legacy mode and ens2f1 is in legacy mode, but must be in switchdev; LAG: the card has not made a VF-LAG: there is no bond bond0; bond: there is no bond bond0; representors: ens2f0 and ens2f1 have none; OVS ports: there is no bridge ovs-sriov; offload: hw-offload of Open vSwitch is off, hw-tc-offload of ens2f0 is off and hw-tc-offload of ens2f1 is off; VMs: ens2f1 has no VF 0 for vm2: it has 0 VFs
        at HERE/playbooks/verify.yaml:LINE
        next        create them with the vfs module; put it into switchdev mode (module eswitch); make it with bond_files and network_restart; bring it up with bond_files and network_restart; they come with VFs in switchdev mode; make it with ovs_bridge; switch it on (module ovs_offload); switch it on (module hw_tc_offload); start the VM (virsh start) when it is off; give it its VF with hostdev when it has none"
    `)
  })
})
