import { afterAll, expect, test } from 'vitest'
import { stackLine, tidy, Workshop } from '../support/program.ts'

const workshop = new Workshop({
  'group_vars/hypervisors.yaml': 'vflag_pfs: [ens2f0, ens2f1]\nvflag_reboot: true\n',
  'hosts.yaml': `all:
  vars: {ansible_connection: lab}
  children:
    hypervisors:
      vars: {lab: {os: el9}}
      hosts:
        fine:
        one-port: {vflag_pfs: [ens2f0]}
        other-nic: {vflag_pfs: [ens2f0, eno1]}
        no-card: {lab: {os: client}}
        session: {vflag_bond: eno1}
        other-bond:
        no-restart: {vflag_reboot: false}
    clients:
      hosts:
        client1: {lab: {os: client}}
`,
  'other-bond.yaml': `- name: A bond that somebody else has made
  hosts: other-bond
  gather_facts: false
  tasks:
    - command: ip link add bond9 type bond
    - command: ip link set ens2f1 down
    - command: ip link set ens2f1 master bond9
`,
})
afterAll(() => workshop.remove())

test('hosts that cannot carry VF-LAG, or would be hurt, are refused before the first write; the fine one goes on', async () => {
  expect((await workshop.run(['other-bond.yaml', '-i', 'hosts.yaml', '--output', 'quiet'])).status).toBe(0)
  const ended = await workshop.run(['-i', 'hosts.yaml', '--tags', 'firmware', '--output', 'lines'])
  expect([ended.status, ended.stderr, ended.stdout]).toEqual([2, '', expect.not.stringMatching(stackLine)])
  const tasks = tidy(ended.stdout)
    .replaceAll(/at +\S*(\/playbooks\/\S+yaml):\d+:\d+$/gm, 'at HERE$1:LINE')
    .split('\n\n')
  expect(tasks.find((each) => each.startsWith('TASK [Find the card'))).toMatchInlineSnapshot(`
    "TASK [Find the card] **********************************************************
    ok: [fine, session, other-bond, no-restart]
    failed: [one-port]
      pfs names one port, but must name the two ports of a card
      at HERE/playbooks/vflag-lacp.yaml:LINE
      next        set vflag_pfs for this host in the inventory, or leave it out; this host has ConnectX-6 Dx: ens2f0 (0000:61:00.0) and ens2f1 (0000:61:00.1)
    failed: [other-nic]
      eno1 is no ConnectX port of this host, but must be one of ens2f0 or ens2f1
      at HERE/playbooks/vflag-lacp.yaml:LINE
      next        set vflag_pfs for this host in the inventory; it has ConnectX-6 Dx: ens2f0 (0000:61:00.0) and ens2f1 (0000:61:00.1)
    failed: [no-card]
      this host has no ConnectX port
      at HERE/playbooks/vflag-lacp.yaml:LINE
      next        look at "lspci -d 15b3:" on the host"
  `)
  expect(tasks.find((each) => each.startsWith('TASK [Check that this host'))).toMatchInlineSnapshot(`
    "TASK [Check that this host can carry VF-LAG] **********************************
    ok: [fine, no-restart]
    failed: [session]
      card                ok       ens2f0 and ens2f1 are the two ports of one ConnectX-6 Dx
      bond                blocked  eno1 exists and is no bond
      network files       ok       NetworkManager keyfiles
      SSH session         blocked  the SSH session runs over eno1, which the roll-out takes down for a while
      addresses           ok       none on the ports
      VFs                 ok       none yet
      VMs                 ok       none holds a VF
      wanted VMs          ok       none gets a VF
      IOMMU               ok       on
      Open vSwitch        ok       3.3
      e-switch of ens2f0  ok       legacy
      e-switch of ens2f1  ok       legacy
      LAG                 ok       the driver has one for both ports: disabled
      SR-IOV              ok       off in the firmware; the roll-out switches it on, which takes a restart
      eno1 exists and is no bond; the SSH session runs over eno1, which the roll-out takes down for a while
      at HERE/playbooks/vflag-lacp.yaml:LINE
      next        choose another name (vflag_bond); reach the host by another interface, or set vflag_allow_management to true when it can be reached otherwise (console)
    failed: [other-bond]
      card                ok       ens2f0 and ens2f1 are the two ports of one ConnectX-6 Dx
      bond                blocked  ens2f1 belongs to bond9
      network files       ok       NetworkManager keyfiles
      SSH session         ok       runs over eno1
      addresses           ok       none on the ports
      VFs                 ok       none yet
      VMs                 ok       none holds a VF
      wanted VMs          ok       none gets a VF
      IOMMU               ok       on
      Open vSwitch        ok       3.3
      e-switch of ens2f0  ok       legacy
      e-switch of ens2f1  ok       legacy
      LAG                 ok       the driver has one for both ports: disabled
      SR-IOV              ok       off in the firmware; the roll-out switches it on, which takes a restart
      ens2f1 belongs to bond9
      at HERE/playbooks/vflag-lacp.yaml:LINE
      next        take ens2f1 out of bond9 first"
  `)
  expect(tasks.find((each) => each.startsWith('TASK [Stop where'))).toMatchInlineSnapshot(`
    "TASK [Stop where a reboot is needed and not allowed] **************************
    skipping: [fine]
    failed: [no-restart]
      no-restart has to be restarted before its card offers VFs; set vflag_reboot to true when its VMs can take that
      at HERE/playbooks/vflag-lacp.yaml:LINE"
  `)
  expect(tasks.find((each) => each.startsWith('TASK [Restart'))).toMatchInlineSnapshot(`
    "TASK [Restart so that the firmware takes the settings] ************************
    changed: [fine] => the host: running -> restarted"
  `)
  const refused = ['one-port', 'other-nic', 'no-card', 'session', 'other-bond']
  const unchanged = refused.map((host) => expect.stringMatching(new RegExp(`^${host} .*changed=0 .*failed=1 `)))
  expect(ended.stdout.split('\n').filter((line) => /ok=\d/.test(line))).toEqual([
    expect.stringMatching(/^fine .*failed=0 /),
    ...unchanged,
    expect.stringMatching(/^no-restart .*failed=1 /),
  ])
})
