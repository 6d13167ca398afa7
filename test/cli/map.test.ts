import { afterAll, beforeAll, expect, test } from 'vitest'
import { tidy, Workshop } from '../support/program.ts'

const workshop = new Workshop({
  'hosts.yaml': `all:
  vars: {ansible_connection: lab}
  children:
    hypervisors:
      vars: {vflag_reboot: true}
      hosts:
        hv1:
          lab: {os: el9}
          vflag_vms:
            - {name: vm1, pf: ens2f0, vf: 0, mac: "52:54:00:01:00:01", address: 198.51.100.11, vlan: 100}
            - {name: vm2, pf: ens2f1, vf: 1, mac: "52:54:00:01:00:02", address: 198.51.100.12}
        gone: {ansible_connection: ssh, ansible_host: 127.0.0.1, ansible_port: 1}
    clients:
      hosts:
        client1: {lab: {os: client}}
`,
})
afterAll(() => workshop.remove())
beforeAll(async () => {
  const args = ['-i', 'hosts.yaml', '--limit', 'hv1', '--skip-tags', 'verify', '--output', 'quiet']
  const rolledOut = await workshop.run(args)
  if (rolledOut.status !== 0) throw new Error(rolledOut.stdout)
})

test('map shows which representor, port and VM belongs to which VF', async () => {
  const ended = await workshop.run(['map', 'hv1:client1', '-i', 'hosts.yaml'])
  expect([ended.status, ended.stderr, ended.stdout]).toMatchInlineSnapshot(`
    [
      0,
      "",
      "hv1
      VF  representor  VF netdev  VF PCI address  PF      MAC                OVS port             VM   UUID
      0   ens2f0_0     -          0000:61:00.2    ens2f0  52:54:00:01:00:01  ovs-sriov (tag 100)  vm1  20b5cd48-f8fc-4d5c-ac8e-27e561536567
      1   ens2f0_1     -          0000:61:00.3    ens2f0  5a:29:1f:9e:0f:51  ovs-sriov            -    -
      0   ens2f1_0     -          0000:61:00.6    ens2f1  5e:4e:4a:e6:1c:39  ovs-sriov            -    -
      1   ens2f1_1     -          0000:61:00.7    ens2f1  52:54:00:01:00:02  ovs-sriov            vm2  6a7d06d6-5906-404b-8ac4-78489cd3827a

    client1
      no VFs
    ",
    ]
  `)
})

test('map has the same as JSON', async () => {
  const ended = await workshop.run(['map', '--limit', 'hv1', '-i', 'hosts.yaml', '--output', 'json'])
  const parsed: unknown = JSON.parse(ended.stdout)
  expect([ended.status, ended.stderr, parsed]).toMatchInlineSnapshot(`
    [
      0,
      "",
      {
        "hv1": {
          "notes": [],
          "vfs": [
            {
              "mac": "52:54:00:01:00:01",
              "netdev": null,
              "pci": "0000:61:00.2",
              "pf": "ens2f0",
              "port": {
                "bridge": "ovs-sriov",
                "tag": 100,
              },
              "representor": "ens2f0_0",
              "up": true,
              "vf": 0,
              "vm": {
                "name": "vm1",
                "running": true,
                "uuid": "20b5cd48-f8fc-4d5c-ac8e-27e561536567",
              },
            },
            {
              "mac": "5a:29:1f:9e:0f:51",
              "netdev": null,
              "pci": "0000:61:00.3",
              "pf": "ens2f0",
              "port": {
                "bridge": "ovs-sriov",
                "tag": null,
              },
              "representor": "ens2f0_1",
              "up": true,
              "vf": 1,
              "vm": null,
            },
            {
              "mac": "5e:4e:4a:e6:1c:39",
              "netdev": null,
              "pci": "0000:61:00.6",
              "pf": "ens2f1",
              "port": {
                "bridge": "ovs-sriov",
                "tag": null,
              },
              "representor": "ens2f1_0",
              "up": true,
              "vf": 0,
              "vm": null,
            },
            {
              "mac": "52:54:00:01:00:02",
              "netdev": null,
              "pci": "0000:61:00.7",
              "pf": "ens2f1",
              "port": {
                "bridge": "ovs-sriov",
                "tag": null,
              },
              "representor": "ens2f1_1",
              "up": true,
              "vf": 1,
              "vm": {
                "name": "vm2",
                "running": true,
                "uuid": "6a7d06d6-5906-404b-8ac4-78489cd3827a",
              },
            },
          ],
        },
      },
    ]
  `)
})

test('a host that cannot be reached is said, and the others are shown all the same', async () => {
  const ended = await workshop.run(['map', 'gone:client1', '-i', 'hosts.yaml'])
  expect([ended.status, ended.stderr, tidy(ended.stdout)]).toMatchInlineSnapshot(`
    [
      4,
      "",
      "gone
      unreachable: gone (127.0.0.1 port PORT) refused the connection
      next: does sshd listen on port PORT? another port: ansible_port

    client1
      no VFs
    ",
    ]
  `)
  const json = await workshop.run(['map', 'gone', '-i', 'hosts.yaml', '--output', 'json'])
  expect([json.status, JSON.parse(json.stdout)]).toMatchInlineSnapshot(`
    [
      4,
      {
        "gone": {
          "hint": "does sshd listen on port 1? another port: ansible_port",
          "unreachable": "gone (127.0.0.1 port 1) refused the connection",
        },
      },
    ]
  `)
})

test('a pattern that matches nobody is a mistake', async () => {
  const ended = await workshop.run(['map', 'nobody', '-i', 'hosts.yaml'])
  expect([ended.status, ended.stdout, ended.stderr]).toMatchInlineSnapshot(`
    [
      5,
      "",
      "error: "nobody" matches no host and no group
        hint: see who there is with "vflag-play inventory graph"
    ",
    ]
  `)
})
