import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'

const script = fileURLToPath(new URL('../../../templates/vflag-boot.sh.hbs', import.meta.url))
const pf = '0000:61:00.0'
const there = (command: string) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0
const shells = [['dash'], ['bash', '--posix'], ['busybox', 'sh']].filter(([name = '']) => there(name))
const folders: string[] = []

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** A folder that looks like /sys of a host with one port of the card and one VF, and programs that say what they are asked. */
function host(programs: Readonly<Record<string, string>> = {}) {
  const root = mkdtempSync(path.join(tmpdir(), 'vflag-boot-'))
  folders.push(root)
  const put = (name: string, text: string) => {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
    writeFileSync(path.join(root, name), text)
  }
  const devices = 'sys/bus/pci/devices'
  put(`${devices}/${pf}/sriov_numvfs`, '0\n')
  put(`${devices}/${pf}/net/ens2f0/address`, '98:03:9b:00:00:30\n')
  put(`${devices}/0000:61:00.2/driver_override`, '\n')
  put('sys/bus/pci/drivers/mlx5_core/unbind', '')
  put('sys/bus/pci/drivers_probe', '')
  symlinkSync('../0000:61:00.2', path.join(root, `${devices}/${pf}/virtfn0`))
  for (const [name, text] of Object.entries(programs)) {
    put(`bin/${name}`, `#!/bin/sh\n${text}\n`)
    chmodSync(path.join(root, 'bin', name), 0o755)
  }
  return {
    put,
    read: (name: string) => readFileSync(path.join(root, name), 'utf8'),
    link: (name: string, target: string) => symlinkSync(target, path.join(root, name)),
    run: ([shell = '', ...options]: readonly string[], ...args: readonly string[]) => {
      const ended = spawnSync(shell, [...options, script, ...args], {
        encoding: 'utf8',
        env: { VFLAG_ROOT: root, PATH: `${root}/bin:${process.env['PATH']}` },
      })
      return [ended.status, ended.stdout, ended.stderr]
    },
  }
}

describe.each(shells.map((shell) => [shell.join(' '), shell] as const))(
  'the script of the units in %s',
  (_name, shell) => {
    let machine: ReturnType<typeof host>
    beforeEach(() => {
      machine = host({ sleep: 'exit 0', devlink: 'echo "$*: mode switchdev"', dmesg: 'exit 0', ip: 'echo "ip $*"' })
    })

    test('has no mistake of syntax', () => {
      const [name = '', ...options] = shell
      expect(execFileSync(name, [...options, '-n', script], { encoding: 'utf8' })).toBe('')
    })

    test('waits for the interface of a port, and says what is there instead', () => {
      expect(machine.run(shell, 'interfaces', '1', `${pf}=ens2f0`)).toEqual([0, `${pf} is ens2f0\n`, ''])
      expect(machine.run(shell, 'interfaces', '1', `${pf}=ens9`)).toEqual([
        1,
        `<3>${pf} has no interface ens9 after 1 s, but: ens2f0\n`,
        '',
      ])
    })

    test('writes an attribute once', () => {
      expect(machine.run(shell, 'set', pf, 'sriov_numvfs', '2')).toEqual([0, `sriov_numvfs of ${pf} is 2, was 0\n`, ''])
      expect(machine.read(`sys/bus/pci/devices/${pf}/sriov_numvfs`)).toBe('2\n')
      expect(machine.run(shell, 'set', pf, 'sriov_numvfs', '2')).toEqual([
        0,
        `sriov_numvfs of ${pf} is 2 already\n`,
        '',
      ])
      expect(machine.run(shell, 'set', '0000:99:00.0', 'sriov_numvfs', '2')).toEqual([
        1,
        '<3>sriov_numvfs of 0000:99:00.0 is not there, but must be 2; the kernel refused the change\n',
        '',
      ])
    })

    test('frees VFs from drivers of the host, and leaves those of VMs alone', () => {
      const free = `no driver of the host holds a VF of ${pf}\n`
      expect(machine.run(shell, 'free', pf)).toEqual([0, free, ''])
      machine.link('sys/bus/pci/devices/0000:61:00.2/driver', '../../drivers/mlx5_core')
      expect(machine.run(shell, 'free', pf)).toEqual([0, `0000:61:00.2 taken from mlx5_core\n${free}`, ''])
      expect(machine.read('sys/bus/pci/drivers/mlx5_core/unbind')).toBe('0000:61:00.2\n')
    })

    test('believes no LAG but one of type switchdev', () => {
      const lag = `sys/kernel/debug/mlx5/${pf}/lag`
      machine.put(`${lag}/state`, 'active\n')
      machine.put(`${lag}/type`, 'roce\n')
      const verdict = `<3>no VF-LAG after 2 s: nothing more was done, and the VFs stay as they are\n`
      expect(machine.run(shell, 'lag', '2', pf)).toEqual([1, `<4>LAG of ${pf}: active roce\n${verdict}`, ''])
      machine.put(`${lag}/type`, 'switchdev\n')
      expect(machine.run(shell, 'lag', '2', pf)).toEqual([0, `VF-LAG is active on ${pf}\n`, ''])
    })

    test.each([
      [`[1.0] mlx5_core ${pf}: lag map port 1:1 port 2:2`, 0],
      [`[1.0] mlx5_core ${pf}: lag map port 1:1 port 2:2\n[2.0] mlx5_core ${pf}: Failed to create LAG (-22)`, 1],
      ['[1.0] mlx5_core 0000:99:00.0: lag map port 1:1 port 2:2', 1],
    ])('goes by the kernel log where there is no debugfs: %j', (log, status) => {
      const old = host({ sleep: 'exit 0', devlink: 'echo "$*: mode switchdev"', dmesg: `echo '${log}'` })
      expect(old.run(shell, 'lag', '1', pf)[0]).toBe(status)
    })

    test('finds a representor by what it stands for, gives it its name and sets it up', () => {
      machine.put('sys/class/net/eth4/phys_switch_id', 'f4ab580003a1420c\n')
      machine.put('sys/class/net/eth4/phys_port_name', 'pf0vf0\n')
      expect(machine.run(shell, 'representor', 'f4ab580003a1420c', 'pf0vf0', 'ens2f0_0')).toEqual([
        0,
        'ip link set dev eth4 name ens2f0_0\n<4>pf0vf0 was eth4, now ens2f0_0\nip link set dev ens2f0_0 up\npf0vf0 is ens2f0_0, and up\n',
        '',
      ])
      expect(machine.run(shell, 'representor', 'f4ab580003a1420c', 'pf0vf9', 'x')).toEqual([
        1,
        '<3>switch f4ab580003a1420c has no port pf0vf9\n',
        '',
      ])
    })

    test('says what it cannot do', () => {
      expect(machine.run(shell, 'dance')[0]).toBe(1)
      expect(machine.run(shell, 'bind', pf, 'mlx5_core', '7')).toEqual([1, `<3>${pf} has no VF 7\n`, ''])
    })
  },
)
