import { describe, expect, it } from 'vitest'
import { type SmallLab, smallLab } from '../../support/lab-machine.ts'

const FOLDER = '/etc/sysconfig/network-scripts'

async function writeBond(lab: SmallLab, extra = ''): Promise<void> {
  const put = (name: string, text: string) => lab.hv.files.write(`${FOLDER}/ifcfg-${name}`, Buffer.from(text))
  await put(
    'bond0',
    `DEVICE=bond0\nNAME=bond0\nTYPE=Bond\nBONDING_MASTER=yes\nONBOOT=yes\nBOOTPROTO=none\n${extra}BONDING_OPTS="mode=802.3ad miimon=100 lacp_rate=fast xmit_hash_policy=layer3+4"\n`,
  )
  for (const port of ['ens2f0', 'ens2f1']) {
    await put(
      port,
      `DEVICE=${port}\nNAME=${port}\nTYPE=Ethernet\nONBOOT=yes\nBOOTPROTO=none\nMASTER=bond0\nSLAVE=yes\n${extra}ETHTOOL_OPTS="-K ${port} hw-tc-offload on"\n`,
    )
  }
}

function look(lab: SmallLab) {
  const bond = lab.hv.kernel.link('bond0')
  const { slaves, mode, miimon, lacpRate, xmitHashPolicy } = bond?.bond ?? {}
  const ports = ['ens2f0', 'ens2f1'].map((name) => {
    const link = lab.hv.kernel.link(name)
    return [link?.up, link?.master, link?.hwTcOffload]
  })
  return { up: bond?.up, slaves, mode, miimon, lacpRate, xmitHashPolicy, ports }
}

const complete = {
  up: true,
  slaves: ['ens2f0', 'ens2f1'],
  mode: '802.3ad',
  miimon: 100,
  lacpRate: 'fast',
  xmitHashPolicy: 'layer3+4',
  ports: [
    [true, 'bond0', true],
    [true, 'bond0', true],
  ],
}

describe('network-scripts', () => {
  const extra = 'NM_CONTROLLED=no\n'

  it('ifup of the bond brings its members along; ifdown removes it', async () => {
    const lab = smallLab('rhel7.7')
    await writeBond(lab, extra)
    expect(await lab.run('ifup bond0')).toEqual([0, '', ''])
    expect(look(lab)).toEqual(complete)
    expect(await lab.run('ifup bond0')).toEqual([0, '', ''])
    expect(look(lab)).toEqual(complete)
    expect(await lab.run('ifdown bond0')).toEqual([0, '', ''])
    expect(lab.hv.kernel.link('bond0')).toBe(undefined)
    expect(lab.hv.kernel.link('ens2f0')?.master).toBe(null)
  })

  it('ifup of the members alone makes the bond with its options', async () => {
    const lab = smallLab('rhel7.7')
    await writeBond(lab, extra)
    await lab.run('ifup ens2f0')
    await lab.run('ifup ifcfg-ens2f1')
    expect(look(lab)).toEqual({ ...complete, up: false })
  })

  it('a restart of the service brings everything up that starts at boot, and keeps the management address', async () => {
    const lab = smallLab('rhel7.7')
    const address = lab.hv.kernel.link('eno1')?.addresses
    await writeBond(lab, extra)
    expect(await lab.run('systemctl restart network.service')).toEqual([0, '', ''])
    expect(look(lab)).toEqual(complete)
    expect([lab.hv.kernel.link('eno1')?.up, lab.hv.kernel.link('eno1')?.addresses]).toEqual([true, address])
    expect(lab.hv.state.services['network.service']?.starts).toBe(2)
  })

  it('a reboot brings the bond back', async () => {
    const lab = smallLab('rhel7.7')
    await writeBond(lab, extra)
    await lab.hv.reboot()
    expect(look(lab)).toEqual(complete)
    expect(lab.hv.kernel.link('eno1')?.addresses).toEqual(smallLab('rhel7.7').hv.kernel.link('eno1')?.addresses)
  })

  it('says which file or device is missing', async () => {
    const lab = smallLab('rhel7.7')
    expect(await lab.run('ifup nope')).toEqual([
      1,
      '',
      '/sbin/ifup: configuration for nope not found.\nUsage: ifup <configuration>\n',
    ])
    expect(await lab.run('ifdown nope')).toEqual([1, '', 'usage: ifdown <configuration>\n'])
    await lab.hv.files.write(`${FOLDER}/ifcfg-ens9`, Buffer.from('DEVICE=ens9\nONBOOT=yes\n'))
    expect(await lab.run('ifup ens9')).toEqual([
      1,
      '',
      'ERROR    : [/etc/sysconfig/network-scripts/ifup-eth] Device ens9 does not seem to be present, delaying initialization.\n',
    ])
    expect((await lab.run('systemctl restart network'))[0]).toBe(1)
    expect(await smallLab('el9').run('ifup bond0')).toEqual([127, '', 'sh: 1: ifup: not found\n'])
  })
})

describe('NetworkManager with ifcfg files', () => {
  it('knows a file only after it was told to read it', async () => {
    const lab = smallLab('el8.4')
    await writeBond(lab)
    expect(await lab.run('nmcli connection up bond0')).toEqual([10, '', "Error: unknown connection 'bond0'.\n"])
    expect(await lab.run('nmcli connection reload')).toEqual([0, '', ''])
    expect(await lab.run('nmcli connection up bond0')).toEqual([
      0,
      'Connection successfully activated (D-Bus active path: /org/freedesktop/NetworkManager/ActiveConnection/1)\n',
      '',
    ])
    expect(look(lab)).toEqual(complete)
    expect(await lab.run('nmcli -t -f NAME,DEVICE,STATE connection show')).toEqual([
      0,
      'bond0:bond0:activated\neno1:eno1:activated\nens2f0:ens2f0:activated\nens2f1:ens2f1:activated\n',
      '',
    ])
    expect(await lab.run('nmcli -f GENERAL.STATE connection show bond0')).toEqual([
      0,
      'GENERAL.STATE:                          activated\n',
      '',
    ])
    expect(await lab.run('nmcli -g GENERAL.STATE connection show bond0')).toEqual([0, 'activated\n', ''])
  })

  it('does not touch files that are not its own', async () => {
    const lab = smallLab('el8.4')
    await writeBond(lab, 'NM_CONTROLLED=no\n')
    await lab.run('nmcli connection reload')
    expect((await lab.run('nmcli connection up bond0'))[0]).toBe(10)
  })

  it('takes the bond down, and its members are free', async () => {
    const lab = smallLab('el8.4')
    const before = structuredClone(lab.hv.state.networkManager)
    await writeBond(lab)
    await lab.run('nmcli connection reload')
    await lab.run('nmcli connection up bond0')
    expect(await lab.run('nmcli connection down bond0')).toEqual([
      0,
      "Connection 'bond0' successfully deactivated (D-Bus active path: /org/freedesktop/NetworkManager/ActiveConnection/1)\n",
      '',
    ])
    expect(lab.hv.kernel.link('bond0')).toBe(undefined)
    expect(await lab.run('nmcli connection down bond0')).toEqual([
      10,
      '',
      "Error: 'bond0' is not an active connection.\nError: no active connection provided.\n",
    ])
    expect(lab.hv.state.networkManager?.active).toEqual(before?.active)
  })

  it('brings the bond back at boot and leaves what does not start by itself', async () => {
    const lab = smallLab('el8.4')
    await lab.hv.reboot()
    expect((await lab.run('nmcli -t -f DEVICE,STATE device status'))[1]).toBe(
      'lo:unmanaged\neno1:connected\nens2f0:disconnected\nens2f1:disconnected\n',
    )
    await writeBond(lab)
    await lab.hv.reboot()
    expect(look(lab)).toEqual(complete)
  })

  it('says that it does not run', async () => {
    const lab = smallLab('el9')
    await lab.run('systemctl stop NetworkManager')
    expect(await lab.run('nmcli connection show')).toEqual([8, '', 'Error: NetworkManager is not running.\n'])
    expect(await smallLab('rhel7.7').run('nmcli general')).toEqual([127, '', 'sh: 1: nmcli: not found\n'])
  })
})
