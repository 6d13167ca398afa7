import { beforeEach, describe, expect, it } from 'vitest'
import { bringUpVfLag, type SmallLab, smallLab, vfXml } from '../../support/lab-machine.ts'

describe('virsh on a fresh machine', () => {
  it.each<['rhel7.7' | 'el9', string, number, string, string]>([
    ['el9', 'list --all --name', 0, 'vm1\nvm2\n\n', ''],
    ['el9', '-q list --name', 0, 'vm1\nvm2\n', ''],
    ['el9', 'list', 0, ' Id   Name   State\n---------------------\n 1    vm1    running\n 2    vm2    running\n\n', ''],
    [
      'rhel7.7',
      'list --all',
      0,
      ' Id    Name                           State\n----------------------------------------------------\n 1     vm1                            running\n 2     vm2                            running\n\n',
      '',
    ],
    ['el9', 'domstate vm1', 0, 'running\n\n', ''],
    ['el9', 'start vm1', 1, '\n', 'error: Domain is already active\n'],
    ['el9', 'destroy vm1', 0, "Domain 'vm1' destroyed\n\n", ''],
    ['rhel7.7', 'destroy vm1', 0, 'Domain vm1 destroyed\n\n', ''],
    ['el9', 'autostart --disable vm1', 0, "Domain 'vm1' unmarked as autostarted\n\n", ''],
    ['el9', 'nodedev-list --cap pci', 0, 'pci_0000_61_00_0\npci_0000_61_00_1\n\n', ''],
    [
      'el9',
      'domstate vm9',
      1,
      '\n',
      "error: failed to get domain 'vm9'\nerror: Domain not found: no domain with matching name 'vm9'\n",
    ],
    ['el9', 'domstate', 1, '\n', "error: command 'domstate' requires <domain> option\n"],
    ['el9', 'frobnicate', 1, '', "error: unknown command: 'frobnicate'\n"],
  ])('%s: virsh %s', async (os, line, status, stdout, stderr) => {
    expect(await smallLab(os).run(`virsh ${line}`)).toEqual([status, stdout, stderr])
  })

  it.each([
    ['rhel7.7', 'libvirtd', 'libvirt-sock'],
    ['el9', 'virtqemud', 'virtqemud-sock'],
  ] as const)('%s: says that %s does not answer', async (os, daemon, socket) => {
    const lab = smallLab(os)
    await lab.run(`systemctl stop ${daemon}`)
    expect(await lab.run('virsh list')).toEqual([
      1,
      '\n',
      `error: failed to connect to the hypervisor\nerror: Failed to connect socket to '/var/run/libvirt/${socket}': No such file or directory\n`,
    ])
  })
})

describe('a VF and a VM', () => {
  let lab: SmallLab
  const vf = () => lab.hv.state.cards[0].pfs[0]?.vfs[0]
  const attach = (vm: string, flags: string, pf: 0 | 1 = 0) =>
    lab.run(`virsh attach-device ${vm} /dev/stdin ${flags}`, vfXml(lab, pf, 0))
  const detach = (vm: string, flags: string) =>
    lab.run(`virsh detach-device ${vm} /dev/stdin ${flags}`, vfXml(lab, 0, 0))

  beforeEach(async () => {
    lab = smallLab()
    await bringUpVfLag(lab)
  })

  it('the VF goes to vfio and gets its MAC, and both descriptions of the VM name it', async () => {
    expect(await attach('vm1', '--live --config')).toEqual([0, 'Device attached successfully\n\n', ''])
    expect(vf()).toEqual({
      pci: '0000:61:00.2',
      index: 0,
      mac: '52:54:00:01:00:00',
      driver: 'vfio-pci',
      override: 'vfio-pci',
      pinned: false,
      heldBy: 'vm1',
    })
    const [, live] = await lab.run('virsh dumpxml vm1')
    expect(live).toContain(`    <interface type='hostdev' managed='yes'>
      <mac address='52:54:00:01:00:00'/>
      <driver name='vfio'/>
      <source>
        <address type='pci' domain='0x0000' bus='0x61' slot='0x00' function='0x2'/>
      </source>
      <alias name='hostdev0'/>
      <address type='pci' domain='0x0000' bus='0x04' slot='0x00' function='0x0'/>
    </interface>
`)
    const [, kept] = await lab.run('virsh dumpxml --inactive vm1')
    expect(kept).toContain(`    <interface type='hostdev' managed='yes'>
      <mac address='52:54:00:01:00:00'/>
      <source>
        <address type='pci' domain='0x0000' bus='0x61' slot='0x00' function='0x2'/>
      </source>
      <address type='pci' domain='0x0000' bus='0x04' slot='0x00' function='0x0'/>
    </interface>
`)
  })

  it('the guest lets go a moment after detaching; then everything is as before', async () => {
    const before = structuredClone(lab.hv.state.domains)
    const vfBefore = structuredClone(vf())
    await attach('vm1', '--live --config')
    expect(await detach('vm1', '--live --config')).toEqual([0, 'Device detached successfully\n\n', ''])
    expect(vf()?.heldBy).toBe('vm1')
    await lab.wait(2)
    expect(vf()).toEqual(vfBefore)
    expect(lab.hv.state.domains).toEqual(before)
  })

  it('a VF that mlx5_core had goes back to it', async () => {
    await lab.set('/sys/class/net/ens2f0/device/sriov_drivers_autoprobe', '1')
    await lab.set('/sys/bus/pci/drivers/mlx5_core/bind', '0000:61:00.2')
    expect(vf()?.driver).toBe('mlx5_core')
    await attach('vm1', '--live')
    expect(vf()?.driver).toBe('vfio-pci')
    await detach('vm1', '--live')
    await lab.wait(5)
    expect([vf()?.driver, vf()?.override, vf()?.heldBy]).toEqual(['mlx5_core', null, null])
  })

  it('a VF that another VM has is refused', async () => {
    await attach('vm1', '--live --config')
    expect(await attach('vm2', '--live --config')).toEqual([
      1,
      '\n',
      'error: Failed to attach device from /dev/stdin\nerror: Requested operation is not valid: PCI device 0000:61:00.2 is in use by driver QEMU, domain vm1\n',
    ])
    expect(lab.hv.state.domains['vm2']?.persistentXml).not.toContain('hostdev')
  })

  it('a VF that does not exist is refused', async () => {
    const xml = vfXml(lab, 0, 0).replace("function='0x2'", "function='0x7'").replace("slot='0x00'", "slot='0x01'")
    expect(await lab.run('virsh attach-device vm1 /dev/stdin --live', xml)).toEqual([
      1,
      '\n',
      'error: Failed to attach device from /dev/stdin\nerror: Device 0000:61:01.7 not found: could not access /sys/bus/pci/devices/0000:61:01.7/config: No such file or directory\n',
    ])
  })

  it('a VLAN is refused in switchdev mode', async () => {
    const xml = vfXml(
      lab,
      0,
      0,
      "<address type='pci' domain='0x0000' bus='0x00' slot='0x11' function='0x0'/><vlan><tag id='100'/></vlan>",
    )
    expect(await lab.run('virsh attach-device vm1 /dev/stdin --live', xml)).toEqual([
      1,
      '\n',
      'error: Failed to attach device from /dev/stdin\nerror: Cannot set interface MAC/vlanid to 52:54:00:01:00:00/100 for ifname ens2f0 vf 0: Operation not supported\n',
    ])
    expect(vf()?.driver).toBe(null)
  })

  it('a VM that is off takes it in its configuration only, and holds it from its start to its end', async () => {
    await lab.run('virsh destroy vm1')
    expect(await attach('vm1', '--live')).toEqual([
      1,
      '\n',
      'error: Failed to attach device from /dev/stdin\nerror: Requested operation is not valid: domain is not running\n',
    ])
    await attach('vm1', '--config')
    expect(vf()?.heldBy).toBe(null)
    expect(await lab.run('virsh start vm1')).toEqual([0, "Domain 'vm1' started\n\n", ''])
    expect(vf()?.heldBy).toBe('vm1')
    expect(await lab.run('virsh shutdown vm1')).toEqual([0, "Domain 'vm1' is being shutdown\n\n", ''])
    expect((await lab.run('virsh domstate vm1'))[1]).toBe('running\n\n')
    await lab.wait(5)
    expect((await lab.run('virsh domstate vm1'))[1]).toBe('shut off\n\n')
    expect([vf()?.heldBy, vf()?.driver]).toEqual([null, null])
  })

  it('a VM whose VF is gone after a reboot does not start', async () => {
    await attach('vm1', '--live --config')
    await lab.hv.reboot()
    expect((await lab.run('virsh domstate vm1'))[1]).toBe('shut off\n\n')
    expect((await lab.run('virsh domstate vm2'))[1]).toBe('running\n\n')
    expect(await lab.run('virsh start vm1')).toEqual([
      1,
      '\n',
      "error: Failed to start domain 'vm1'\nerror: Device 0000:61:00.2 not found: could not access /sys/bus/pci/devices/0000:61:00.2/config: No such file or directory\n",
    ])
  })

  it('a device that the VM does not have cannot be detached', async () => {
    expect(await detach('vm1', '--live --config')).toEqual([
      1,
      '\n',
      'error: Failed to detach device from /dev/stdin\nerror: device not found: no device matching MAC address 52:54:00:01:00:00 found\n',
    ])
  })
})
