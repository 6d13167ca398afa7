import { expect, test } from 'vitest'
import { smallLab } from '../../support/lab-machine.ts'

const bond = (mode: string, members = 'enp97s0f0np0, enp97s0f1np1'): string =>
  `network:\n  ethernets: {enp97s0f0np0: {}, enp97s0f1np1: {}}\n  bonds:\n    bond0:\n      interfaces: [${members}]\n      parameters: {mode: ${mode}, mii-monitor-interval: 100}\n`

test('netplan generates for networkd, applies, and never removes a bond that left its files', async () => {
  const lab = smallLab('ubuntu24.04')
  const put = (text: string) => lab.hv.files.write('/etc/netplan/60-bond.yaml', Buffer.from(text))
  await put(bond('802.3ad'))
  expect(await lab.run('netplan generate')).toEqual([0, '', ''])
  expect(await lab.run('cat /run/systemd/network/10-netplan-bond0.netdev')).toEqual([
    0,
    '[NetDev]\nName=bond0\nKind=bond\n\n[Bond]\nMode=802.3ad\nMIIMonitorSec=100ms\n',
    '',
  ])
  expect(lab.hv.kernel.link('bond0')).toBe(undefined)
  expect(await lab.run('netplan apply')).toEqual([0, '', ''])
  expect(lab.hv.kernel.link('bond0')?.bond?.slaves).toEqual(['enp97s0f0np0', 'enp97s0f1np1'])
  expect(await lab.run('netplan get bonds.bond0.parameters.mode')).toEqual([0, '802.3ad\n', ''])
  expect((await lab.run('netplan try'))[0]).toBe(78)
  lab.hv.files.remove('/etc/netplan/60-bond.yaml', false)
  expect(await lab.run('netplan apply')).toEqual([0, '', ''])
  expect(lab.hv.kernel.link('bond0')?.bond?.slaves.length).toBe(2)
})

test('netplan says what is wrong with its files, and leaves what it generated', async () => {
  const lab = smallLab('ubuntu24.04')
  await lab.hv.files.write('/etc/netplan/60-bond.yaml', Buffer.from(bond('802.3ad', 'ens9')))
  expect(await lab.run('netplan generate')).toEqual([
    1,
    '',
    "Error in network definition: bond0: interface 'ens9' is not defined\n",
  ])
})

test('networkctl reloads, reconfigures and lists; without networkd it fails', async () => {
  const lab = smallLab('debian12')
  expect((await lab.run('networkctl --no-legend list eno1'))[1]).toMatch(/eno1 +ether +routable +configured/)
  expect(await lab.run('networkctl reconfigure ens9')).toEqual([
    1,
    '',
    'Failed to resolve interface "ens9": No such device\n',
  ])
  await lab.run('systemctl stop systemd-networkd')
  expect((await lab.run('networkctl reload'))[0]).toBe(1)
  expect((await smallLab('el9').run('networkctl reload'))[0]).toBe(127)
})
