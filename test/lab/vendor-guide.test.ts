import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, startLab } from '../../src/lab/lab.ts'
import { labSettings } from '../../src/lab/settings.ts'
import { instantTime } from '../../src/machine/time.ts'
import { connect, type } from './ssh-client.ts'

// The commands of NVIDIA's "QSG for High Availability with NVIDIA Enhanced SR-IOV with Bonding Support (VF-LAG)", typed by
// hand one after the other, with the names of the ports filled in. The tests of a group build on each other, as its steps do.

const clear: (() => Promise<void>)[] = []

afterAll(async () => {
  for (const each of clear) await each()
})

async function start(os: string, card: string): Promise<Lab> {
  const stateDir = await mkdtemp(join(tmpdir(), 'vflag-guide-'))
  const vms = [{ name: 'vm1', address: '198.51.100.11' }]
  const hosts = Object.entries({ hv1: { os, card, vms }, client1: { os: 'client' } }).map(([name, lab]) => {
    const settings = labSettings(name, { lab })
    if (!settings.ok) throw new Error(JSON.stringify(settings.error))
    return settings.value
  })
  const lab = await startLab({ hosts, stateDir, time: instantTime() })
  clear.push(async () => {
    await lab.close()
    await rm(stateDir, { recursive: true, force: true })
  })
  return lab
}

/** Types text on a host: all that it prints, errors after the rest, and its status when that is not 0. */
async function typed(lab: Lab, text: string, stdin = '', host = 'hv1'): Promise<string> {
  const { stdout, stderr, status } = await lab.run(host, text, Buffer.from(stdin))
  const said = Buffer.concat([stdout, stderr]).toString('utf8')
  return status === 0 ? said : `${said}[${status}]`
}

/** Lets udev, LACP and the LAG do what they do on their own. */
const settle = (lab: Lab) => typed(lab, 'sleep 10')

const ifcfg = '/etc/sysconfig/network-scripts/ifcfg'

const bondFile = `cat << EOF > ${ifcfg}-bond0
DEVICE=bond0
ONBOOT=yes
HOTPLUG=no
NM_CONTROLLED=no
PEERDNS=no
BOOTPROTO=none
BONDING_OPTS="mode=4 miimon=100 lacp_rate=1"
BOOTPROTO=static
EOF
`

const slaveFile = (port: string) => `##Configure slave##
sed -i 's/\\(ONBOOT=\\)no/\\1yes/g' ${ifcfg}-${port}
sed -i 's/\\(BOOTPROTO=\\)dhcp/\\1none/g' ${ifcfg}-${port}
cat << EOF >> ${ifcfg}-${port}
MASTER=bond0
SLAVE=yes
EOF
`

const offload = `ethtool -K ens2f0 hw-tc-offload on
ethtool -K ens2f1 hw-tc-offload on
`

const createVfs = `echo 0 > /sys/class/net/ens2f0/device/sriov_numvfs
echo 0 > /sys/class/net/ens2f1/device/sriov_numvfs
echo 2 > /sys/class/net/ens2f1/device/sriov_numvfs
echo 2 > /sys/class/net/ens2f0/device/sriov_numvfs
`

const unbindVfs = `VFS_PCI=($(lspci | grep "Mellanox" | grep "Virtual" | cut -d " " -f 1)); for i in \${VFS_PCI[@]}; do echo "unbinding VF $i"; echo "0000:\${i}" >> /sys/bus/pci/drivers/mlx5_core/unbind; done`

const switchdev = `devlink dev eswitch set pci/0000:61:00.0 mode switchdev
devlink dev eswitch set pci/0000:61:00.1 mode switchdev
`

const openvswitch = `systemctl start openvswitch
ovs-vsctl add-br ovs-sriov
ovs-vsctl add-port ovs-sriov ens2f0_0
ovs-vsctl add-port ovs-sriov bond0
## Enable OVS Hardware offload and restart ##
ovs-vsctl set Open_vSwitch . other_config:hw-offload=true
systemctl restart openvswitch
`

const interfaceXml = (slot: string, fn: string) => `cat > vf.xml << EOF
<interface type='hostdev' managed='yes'> <mac address='6a:66:2d:48:92:c3'/> <source> <address type='pci' domain='0x0000' bus='0x61' slot='0x${slot}' function='0x${fn}'/> </source> <address type='pci' domain='0x0000' bus='0x00' slot='0x11' function='0x0'/> </interface>
EOF
virsh attach-device vm1 vf.xml`

const phyPackets = (port: string) => `ethtool -S ${port} | grep packets | grep phy`

/** Packets that both ports have sent and received. */
async function packets(lab: Lab): Promise<readonly number[]> {
  const said = (await typed(lab, phyPackets('ens2f0'))) + (await typed(lab, phyPackets('ens2f1')))
  expect(said).toMatch(/^( {5}tx_packets_phy: \d+\n {5}rx_packets_phy: \d+\n){2}$/)
  return [...said.matchAll(/: (\d+)/g)].map(([, count]) => Number(count))
}

const unbinding = ['61:00.2', '61:00.3', '61:00.6', '61:00.7'].map((vf) => `unbinding VF ${vf}\n`).join('')
const notBound = 'bash: line 1: echo: write error: No such device\n'

describe('the guide, typed on RHEL 7.7 with a ConnectX-5 Ex', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await start('rhel7.7', 'cx5ex')
  })

  test('finds the firmware tool in the repository and the two ports on the bus', async () => {
    expect(await typed(lab, 'mstconfig -d 61:00.0 q')).toBe('bash: mstconfig: command not found\n[127]')
    expect(await typed(lab, 'yum install mstflint -y')).toMatch(/\nInstalled:\n {2}mstflint\.x86_64 .*\n\nComplete!\n$/)
    expect(await typed(lab, 'lspci | grep -i mel | grep -v Virtual')).toBe(
      [0, 1]
        .map((port) => `61:00.${port} Ethernet controller: Mellanox Technologies MT28800 Family [ConnectX-5 Ex]\n`)
        .join(''),
    )
  })

  const question = `Configurations:                             Next Boot       New
        SRIOV_EN                            False(0)        True(1)
        NUM_OF_VFS                          0               4

 Apply new Configuration? (y/n) [n] : `

  test('sets the firmware only after a yes, and has no VFs before the restart that the guide forgets', async () => {
    const set = 'mstconfig -d 61:00.0 set SRIOV_EN=1 NUM_OF_VFS=4'
    for (const answer of ['', 'n\n']) {
      const said = await typed(lab, set, answer)
      expect(said.slice(said.indexOf('Conf'))).toBe(`${question}Aborted by user.\n[1]`)
    }
    const said = await typed(lab, set, 'y\n')
    const applied = 'y\nApplying... Done!\n-I- Please reboot machine to load new configurations.\n'
    expect(said.slice(said.indexOf('Conf'))).toBe(question + applied)
    expect(await typed(lab, 'echo 2 > /sys/class/net/ens2f0/device/sriov_numvfs')).toBe(
      'bash: /sys/class/net/ens2f0/device/sriov_numvfs: Permission denied\n[1]',
    )
    expect(await typed(lab, 'reboot')).toBe('')
    expect(await typed(lab, 'cat /sys/class/net/ens2f0/device/sriov_totalvfs')).toBe('4\n')
  })

  test('writes the files of the bond; of the two BOOTPROTO lines the last counts', async () => {
    expect(await typed(lab, bondFile + slaveFile('ens2f0') + slaveFile('ens2f1'))).toBe('')
    expect(await typed(lab, `grep BOOTPROTO ${ifcfg}-bond0; tail -3 ${ifcfg}-ens2f1; grep BOOTP ${ifcfg}-ens2f1`)).toBe(
      'BOOTPROTO=none\nBOOTPROTO=static\nONBOOT=yes\nMASTER=bond0\nSLAVE=yes\nBOOTPROTO=none\n',
    )
  })

  test('restarts the network and has a bond that speaks LACP with the switch', async () => {
    expect(await typed(lab, 'systemctl restart network.service')).toBe('')
    await settle(lab)
    const facts = 'egrep "Mode|rate|Number of ports|Partner Mac|Slave Int" /proc/net/bonding/bond0'
    expect(await typed(lab, facts)).toBe(`Bonding Mode: IEEE 802.3ad Dynamic link aggregation
LACP rate: fast
	Number of ports: 2
	Partner Mac Address: 24:8a:07:aa:bb:cc
Slave Interface: ens2f0
Slave Interface: ens2f1
`)
  })

  test('finds no firewall to flush, and turns offload on', async () => {
    expect(await typed(lab, 'iptables -F')).toBe('')
    expect(await typed(lab, 'iptables -L INPUT -n')).toBe(
      'Chain INPUT (policy ACCEPT)\ntarget     prot opt source               destination         \n',
    )
    expect(await typed(lab, `${offload}ethtool -k ens2f1 | grep hw-tc`)).toBe('hw-tc-offload: on\n')
  })

  test('creates two VFs a port, which switchdev does not take while their driver has them', async () => {
    expect(await typed(lab, createVfs)).toBe('')
    expect(await typed(lab, 'lspci | grep Virtual | cut -d " " -f 1')).toBe('61:00.2\n61:00.3\n61:00.6\n61:00.7\n')
    expect(await typed(lab, 'devlink dev eswitch set pci/0000:61:00.0 mode switchdev')).toBe(
      'devlink answers: Invalid argument\n[1]',
    )
  })

  test('unbinds them once; a second time there is nothing to unbind', async () => {
    expect(await typed(lab, unbindVfs)).toBe(unbinding)
    expect(await typed(lab, unbindVfs)).toBe(`${unbinding}${notBound.repeat(4)}[1]`)
  })

  test('goes to switchdev, whereupon this kernel forgets the bond and the offload: there is no VF-LAG', async () => {
    expect(await typed(lab, switchdev)).toBe('')
    await settle(lab)
    expect(await typed(lab, 'grep -c Slave /proc/net/bonding/bond0; ethtool -k ens2f0 | grep hw-tc')).toBe(
      '0\nhw-tc-offload: off\n',
    )
    expect(lab.machine('hv1').state.cards[0].lag.mode).toBe('none')
  })

  test('has it after the network was restarted once more, and offload when that is turned on again', async () => {
    expect(await typed(lab, 'dmesg -C; systemctl restart network.service')).toBe('')
    await settle(lab)
    expect(await typed(lab, 'dmesg | grep "lag map" | cut -d " " -f 7-')).toMatch(/lag map port 1:1 port 2:2\n$/)
    expect(lab.machine('hv1').state.cards[0].lag.mode).toBe('sriov')
    expect(await typed(lab, offload)).toBe('')
  })

  test('names the representors, which are interfaces and in no bridge', async () => {
    expect(await typed(lab, 'pip install tabulate')).toBe('bash: pip: command not found\n[127]')
    const mapping =
      'cd /sys/class/net; for i in ens2f?_?; do echo $i $(cat $i/phys_port_name) $(cat $i/phys_switch_id); done'
    const guid = lab.machine('hv1').state.cards[0].guid
    expect(await typed(lab, mapping)).toBe(
      ['pf0vf0', 'pf0vf1', 'pf1vf0', 'pf1vf1']
        .map(
          (vf) => `ens2f${vf[2]}_${vf[5]} ${vf} ${guid}
`,
        )
        .join(''),
    )
  })

  test('brings a representor up with ifconfig', async () => {
    expect(await typed(lab, 'ifconfig ens2f0_0 | head -1')).toBe(
      'ens2f0_0: flags=4098<BROADCAST,MULTICAST>  mtu 1500\n',
    )
    expect(await typed(lab, 'ifconfig ens2f0_0 up')).toBe('')
    expect(await typed(lab, 'ifconfig ens2f0_0 | head -1; ip link show ens2f0_0 | cut -d " " -f 2-9 | head -1')).toBe(
      'ens2f0_0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500\nens2f0_0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP\n',
    )
    expect(await typed(lab, 'ifconfig ens2f0_9 up')).toBe(
      'ens2f0_9: ERROR while getting interface flags: No such device\n[255]',
    )
  })

  test('puts it and the bond into a bridge that offloads', async () => {
    expect(await typed(lab, openvswitch)).toBe('')
    expect(await typed(lab, 'ovs-vsctl show | tail -n +2')).toBe(`    Bridge ovs-sriov
        Port ovs-sriov
            Interface ovs-sriov
                type: internal
        Port ens2f0_0
            Interface ens2f0_0
        Port bond0
            Interface bond0
    ovs_version: "2.12.0"
`)
    expect(lab.machine('hv1').state.ovs.runningOffload).toBe(true)
  })

  test('has no VF at the address of the guide with four VFs a port, and gives the VM the first one instead', async () => {
    const config = '/sys/bus/pci/devices/0000:61:01.2/config'
    expect(await typed(lab, interfaceXml('01', '2'))).toBe(
      `\nerror: Failed to attach device from vf.xml\nerror: Device 0000:61:01.2 not found: could not access ${config}: No such file or directory\n[1]`,
    )
    expect(await typed(lab, interfaceXml('00', '2'))).toBe('Device attached successfully\n\n')
    expect(await typed(lab, 'basename $(readlink /sys/bus/pci/devices/0000:61:00.2/driver)')).toBe('vfio-pci\n')
  })

  test('reaches the VM from the client, but not without the host that the guide leaves out after -c', async () => {
    expect(await typed(lab, 'ping -c 2 198.51.100.11', '', 'client1')).toMatch(
      /\n2 packets transmitted, 2 received, 0% /,
    )
    expect(await typed(lab, 'iperf3 -c -P 10', '', 'client1')).toMatch(/^iperf3: error - .*\n\[1\]$/)
  })

  const traffic = () => typed(lab, 'iperf3 -c 198.51.100.11 -P 10', '', 'client1')

  test('sees the traffic on both ports, and after a link failed on the other one alone', async () => {
    const before = await packets(lab)
    expect(await traffic()).toMatch(/\[SUM\] .* receiver\n\niperf Done\.\n$/)
    const both = await packets(lab)
    for (const [at, count] of both.entries()) expect(count - (before[at] ?? 0)).toBeGreaterThan(100_000)
    expect(
      await typed(lab, 'ip link set ens2f1 down; sleep 5; grep -c "MII Status: down" /proc/net/bonding/bond0'),
    ).toBe('1\n')
    const failed = await packets(lab)
    expect(await traffic()).toContain('iperf Done.')
    const [tx0 = 0, rx0 = 0, ...other] = await packets(lab)
    expect(other).toEqual(failed.slice(2))
    expect([tx0 - (failed[0] ?? 0), rx0 - (failed[1] ?? 0)].every((more) => more > 100_000)).toBe(true)
    expect(await typed(lab, 'ip link set ens2f1 up; sleep 5; grep -c "MII Status: up" /proc/net/bonding/bond0')).toBe(
      '3\n',
    )
  })

  test('doubles the lines of its files when a step is typed again', async () => {
    await typed(lab, slaveFile('ens2f0'))
    expect(await typed(lab, `tail -4 ${ifcfg}-ens2f0`)).toBe('MASTER=bond0\nSLAVE=yes\nMASTER=bond0\nSLAVE=yes\n')
    expect(await typed(lab, 'ovs-vsctl add-br ovs-sriov')).toBe(
      'ovs-vsctl: cannot create a bridge named ovs-sriov because a bridge named ovs-sriov already exists\n[1]',
    )
    const more = 'echo 4 > /sys/class/net/ens2f0/device/sriov_numvfs'
    expect(await typed(lab, more)).toBe('bash: line 1: echo: write error: Device or resource busy\n[1]')
  })

  test('takes all of it down in the order of the guide', async () => {
    expect(await typed(lab, 'virsh detach-device vm1 vf.xml')).toBe('Device detached successfully\n\n')
    // They were unbound when the VM got one, so libvirt leaves all unbound.
    expect(await typed(lab, unbindVfs)).toBe(`${unbinding}${notBound.repeat(4)}[1]`)
    expect(await typed(lab, 'devlink dev eswitch set pci/0000:61:00.0 mode legacy')).toBe(
      'devlink answers: Device or resource busy\n[1]',
    )
    const undo = `ovs-vsctl del-br ovs-sriov
ovs-vsctl remove Open_vSwitch . other_config hw-offload
systemctl restart openvswitch
ifdown bond0
devlink dev eswitch set pci/0000:61:00.0 mode legacy
devlink dev eswitch set pci/0000:61:00.1 mode legacy
echo 0 > /sys/class/net/ens2f0/device/sriov_numvfs
echo 0 > /sys/class/net/ens2f1/device/sriov_numvfs
sed -i '/^MASTER=/d; /^SLAVE=/d; s/ONBOOT=yes/ONBOOT=no/; s/BOOTPROTO=none/BOOTPROTO=dhcp/' ${ifcfg}-ens2f?
rm ${ifcfg}-bond0
`
    await typed(lab, 'sleep 5')
    expect(await typed(lab, undo.replaceAll('mode legacy\n', 'mode legacy; sleep 2\n'))).toBe('')
    await settle(lab)
    expect(await typed(lab, 'ls /sys/class/net; lspci | grep -c Virtual; dmesg | grep -c deactivate')).toBe(
      'bonding_masters\neno1\nens2f0\nens2f1\nlo\n0\n0\n[1]',
    )
    expect(lab.machine('hv1').state.cards[0].lag).toMatchObject({ mode: 'none', stuck: false })
  })
})

describe('the same on Enterprise Linux 9 with a ConnectX-6 Dx', () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await start('el9', 'cx6dx')
  })

  test('has neither a network service nor ifconfig until net-tools is there', async () => {
    expect(await typed(lab, 'systemctl restart network.service')).toBe(
      'Failed to restart network.service: Unit network.service not found.\n[5]',
    )
    expect(await typed(lab, 'ifconfig ens2f0 up')).toBe('bash: ifconfig: command not found\n[127]')
    expect(await typed(lab, 'yum -y install net-tools mstflint | tail -1; ifconfig lo | head -2')).toBe(
      'Complete!\nlo: flags=73<UP,LOOPBACK,RUNNING>  mtu 65536\n        inet 127.0.0.1  netmask 255.0.0.0\n',
    )
    await typed(lab, 'mstconfig -y -d 61:00.0 set SRIOV_EN=1 NUM_OF_VFS=4; reboot')
  })

  test('makes the bond by nmcli from the files of the guide, without NM_CONTROLLED=no', async () => {
    await typed(lab, bondFile + slaveFile('ens2f0') + slaveFile('ens2f1'))
    expect(await typed(lab, 'nmcli connection reload; nmcli connection up "System bond0"')).toBe(
      "Error: unknown connection 'System bond0'.\n[10]",
    )
    await typed(lab, `sed -i /NM_CONTROLLED/d ${ifcfg}-bond0`)
    expect(await typed(lab, 'nmcli connection reload; nmcli connection up "System bond0"')).toMatch(
      /^Connection successfully activated /,
    )
    await settle(lab)
    expect(await typed(lab, 'cat /sys/kernel/debug/mlx5/0000:61:00.0/lag/type')).toBe('roce\n')
  })

  test('keeps the bond and the offload through the change to switchdev, and the LAG is one for VFs', async () => {
    expect(await typed(lab, offload + createVfs)).toBe('')
    expect(await typed(lab, 'devlink dev eswitch set pci/0000:61:00.0 mode switchdev')).toBe(
      'Error: mlx5_core: Failed setting eswitch to offloads.\nkernel answers: Invalid argument\n[1]',
    )
    expect(await typed(lab, unbindVfs)).toBe(unbinding)
    expect(await typed(lab, switchdev)).toBe('')
    await settle(lab)
    expect(await typed(lab, 'cat /sys/kernel/debug/mlx5/0000:61:00.?/lag/{state,type}')).toBe(
      'active\nactive\nswitchdev\nswitchdev\n',
    )
    expect(await typed(lab, 'grep -c "Slave Int" /proc/net/bonding/bond0; ethtool -k ens2f1 | grep hw-tc')).toBe(
      '2\nhw-tc-offload: on\n',
    )
  })

  test('carries the traffic of the VM on both ports', async () => {
    expect(
      await typed(
        lab,
        `ip link set ens2f0r0 up\n${openvswitch.replaceAll('ens2f0_0', 'ens2f0r0')}${interfaceXml('00', '2')}`,
      ),
    ).toBe('Device attached successfully\n\n')
    expect(await typed(lab, 'iperf3 -c 198.51.100.11 -P 10', '', 'client1')).toContain('iperf Done.')
    for (const count of await packets(lab)) expect(count).toBeGreaterThan(100_000)
  })

  test('loses VFs and switchdev at a restart, and has the bond again', async () => {
    await typed(lab, 'reboot')
    await settle(lab)
    expect(await typed(lab, 'cat /sys/class/net/ens2f?/device/sriov_numvfs; ls /sys/class/net')).toBe(
      '0\n0\nbond0\nbonding_masters\neno1\nens2f0\nens2f1\nlo\novs-sriov\novs-system\n',
    )
  })
})

test('nmcli makes the bond on Enterprise Linux 9 without files typed by hand, and a VF-LAG after switchdev', async () => {
  const lab = await start('el9', 'cx6dx')
  await typed(lab, 'dnf -y install mstflint; mstconfig -y -d 61:00.0 set SRIOV_EN=1 NUM_OF_VFS=4; reboot')
  expect(await typed(lab, createVfs)).toBe('')
  expect(await typed(lab, `${unbindVfs}\n${switchdev}`)).toContain('unbinding VF 61:00.7\n')
  const added = (name: string) => new RegExp(`^Connection '${name}' \\([0-9a-f-]{36}\\) successfully added\\.\\n$`)
  const bond = 'type bond con-name bond0 ifname bond0 bond.options "mode=802.3ad,miimon=100,lacp_rate=fast"'
  expect(await typed(lab, `nmcli connection add ${bond} ipv4.method disabled ipv6.method disabled`)).toMatch(
    added('bond0'),
  )
  for (const port of ['ens2f0', 'ens2f1']) {
    const words = `type ethernet con-name bond0-${port} ifname ${port} master bond0 ethtool.feature-hw-tc-offload on`
    expect(await typed(lab, `nmcli con add ${words}`)).toMatch(added(`bond0-${port}`))
  }
  await settle(lab)
  expect(await typed(lab, 'nmcli -t -f NAME,DEVICE con show --active; ethtool -k ens2f0 | grep hw-tc')).toBe(
    'bond0:bond0\nbond0-ens2f0:ens2f0\nbond0-ens2f1:ens2f1\neno1:eno1\nhw-tc-offload: on\n',
  )
  expect(await typed(lab, 'cat /sys/kernel/debug/mlx5/0000:61:00.1/lag/{state,type}')).toBe('active\nswitchdev\n')
  await typed(lab, 'reboot')
  await settle(lab)
  expect(await typed(lab, 'grep -E "Mode|rate|Slave I" /proc/net/bonding/bond0')).toBe(
    'Bonding Mode: IEEE 802.3ad Dynamic link aggregation\nLACP rate: fast\nSlave Interface: ens2f0\nSlave Interface: ens2f1\n',
  )
})

test.each([
  ['type team ifname x', "invalid connection type; 'team'."],
  ['ifname x', "'type' argument is required."],
  ['type bond con-name b', "'ifname' argument is required."],
  ['type bond ifname', "value for 'ifname' is missing."],
  ['type bond colour red', "invalid or not allowed setting 'colour'."],
])('nmcli connection add %s is refused', async (words, problem) => {
  const lab = await start('el9', 'cx6dx')
  expect(await typed(lab, `nmcli connection add ${words}`)).toBe(`Error: ${problem}\n[2]`)
})

test('a login takes a here-document, waits for an answer, watches, and goes on after Ctrl-C', async () => {
  const lab = await start('rhel7.7', 'cx5ex')
  await typed(lab, 'yum -y install mstflint')
  const client = await connect(lab.endpoint('hv1'))
  const lines = [
    'cat << EOF > x\r',
    'one\r',
    'EOF\r',
    'mstconfig -d 61:00.0 set SRIOV_EN=1\r',
    'y\r',
    'for i in 1 2; do\r',
    '\u0003',
    "watch -t -n1 'cat x'\r",
    '\u0003',
    'yum erase mstflint\r',
    '\u0003',
    'rpm -q mstflint > /dev/null; echo $?\r',
    'exit\r',
  ]
  const screen = await type(client, lines, /(\]# |\n> |\]: |\] : |\u001b\[2Jone\r\n)$/)
  client.end()
  const shown = screen.replaceAll(/(Device #1|Loaded plugins)[\s\S]*?(?=Apply|Is this)/g, '... ').replaceAll('\r', '')
  expect(shown).toBe(`[root@hv1 ~]# cat << EOF > x
> one
> EOF
[root@hv1 ~]# mstconfig -d 61:00.0 set SRIOV_EN=1

... Apply new Configuration? (y/n) [n] : y
Applying... Done!
-I- Please reboot machine to load new configurations.
[root@hv1 ~]# for i in 1 2; do
> ^C
[root@hv1 ~]# watch -t -n1 'cat x'
\u001b[?1049h\u001b[H\u001b[2Jone
^C
\u001b[?1049l[root@hv1 ~]# yum erase mstflint
... Is this ok [y/N]: ^C
[root@hv1 ~]# rpm -q mstflint > /dev/null; echo $?
0
[root@hv1 ~]# exit
logout
`)
})
