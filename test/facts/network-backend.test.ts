import { expect, test } from 'vitest'
import { factReads, parseFacts } from '../../src/facts/gather.ts'
import { Readings } from '../../src/module/reading.ts'
import { type SmallLab, smallLab } from '../support/lab-machine.ts'

async function backendOf({ hv }: SmallLab): Promise<string> {
  const { before } = await hv.perform({ before: factReads, steps: [], after: [] })
  const { network_backend, systemd } = parseFacts(Readings.of(factReads, before), 'hv1')
  return `${network_backend} ${systemd}`
}

test.each([
  ['rhel7.7', 'network-scripts 219'],
  ['el8.4', 'networkmanager 239'],
  ['el9', 'networkmanager 252'],
  ['el10', 'networkmanager 257'],
  ['ubuntu22.04', 'netplan 249'],
  ['ubuntu24.04', 'netplan 255'],
  ['debian12', 'networkd 252'],
] as const)('what runs the network of %s is told by what is there: %s', async (os, backend) => {
  expect(await backendOf(smallLab(os))).toBe(backend)
})

test('on EL 8 network-scripts count only when their service is enabled', async () => {
  const lab = smallLab('el8.4')
  for (const folder of ['/etc/rc.d', '/etc/rc.d/init.d', '/etc/rc.d/rc3.d']) lab.hv.files.mkdir(folder, '0755')
  await lab.hv.files.write('/etc/rc.d/init.d/network', Buffer.from('#!/bin/bash\n'))
  expect(await backendOf(lab)).toBe('networkmanager 239')
  lab.hv.files.symlink('/etc/rc.d/rc3.d/S10network', '../init.d/network')
  expect(await backendOf(lab)).toBe('network-scripts 239')
})

test('a networkd that is installed and not enabled runs nothing', async () => {
  const lab = smallLab('debian12')
  await lab.run('systemctl disable systemd-networkd')
  expect(await backendOf(lab)).toBe('null 252')
})
