import { describe, expect, test } from 'vitest'
import { createShell } from '../../src/lab/shell/shell.ts'
import { fakeFiles, fakeMachine } from './fake-machine.ts'

const files = () =>
  fakeFiles(
    {
      '/sys/a/numvfs': '0\n',
      '/sys/a/name': '',
      '/sys/b': '-> a',
      '/proc/net/bonding/bond0': 'Bonding Mode: IEEE 802.3ad\nMII Status: up\n',
      '/etc/motd': 'grüße\n',
      '/full/x': 'old\n',
    },
    { reads: { '/sys/a/name': 'EOPNOTSUPP' }, writes: { '/sys/a/numvfs': 'EBUSY', '/full/x': 'ENOSPC' } },
  )

const noNope = 'ls: /nope: No such file or directory\n'

const env = { HOME: '/root', PWD: '/root', PATH: '/usr/sbin:/usr/bin:/sbin:/bin', USER: 'root', A: '1' }

async function run(text: string, stdin = '') {
  const machine = fakeMachine(files())
  const shell = createShell(machine, ['ip', 'uname', 'hostname', 'cat'])
  const result = await shell.run({ text, env, cwd: '/root', stdin: Buffer.from(stdin) })
  return [result.status, Buffer.from(result.stdout).toString(), Buffer.from(result.stderr).toString()]
}

describe('shell text on a machine', () => {
  test.each<[string, number, string, string]>([
    ['cat /proc/net/bonding/bond0 | grep Mode', 0, 'Bonding Mode: IEEE 802.3ad\n', ''],
    ['echo /sys/*/numvfs; ls /sys', 0, '/sys/a/numvfs /sys/b/numvfs\na\nb\n', ''],
    ['ls -d /sys/a /sys/b; ls /sys/*/numvfs /nope', 2, '/sys/a\n/sys/b\n/sys/a/numvfs\n/sys/b/numvfs\n', noNope],
    ['cat /etc/motd; printf "%s" "ä" | wc -c', 0, 'grüße\n2\n', ''],
    ['ip -d link', 0, 'ip -d link||1|/root\n', ''],
    ['cd /etc && A=2 ip fail <<< in; echo $?', 0, 'ip fail|in\n|2|/etc\n3\n', ''],
    ['/usr/sbin/ip link; /sbin/ip x; command -v ip', 0, 'ip link||1|/root\nip x||1|/root\n/usr/bin/ip\n', ''],
    ['ip 1 2 3 4 5 6 7 8 9 a b', 0, 'ip 1 2 3 4 5 6 7 8 9 a b||1|/root\n', ''],
    ['/usr/sbin/ip 1 2 3 4 5 6 7 8 9 a b', 0, 'ip 1 2 3 4 5 6 7 8 9 a b||1|/root\n', ''],
    ['sudo -n -u root ip a; sudo -- uname', 0, 'ip a||1|/root\nuname||1|/root\n', ''],
    ['hostname', 0, 'hostname||1|/root\n', ''],
    ['virsh list', 127, '', 'bash: virsh: command not found\n'],
    ['echo a > /tmp/f; echo b >> /tmp/f; cat /tmp/f; pwd -P', 0, 'a\nb\n/root\n', ''],
    ['cp /etc/motd /tmp/m && mv /tmp/m /tmp/n && cat /tmp/n && rm /tmp/n && test ! -e /tmp/n', 0, 'grüße\n', ''],
    ['ln -s /etc/motd /tmp/l; readlink /tmp/l; cat /tmp/l; cd /sys/b && pwd -P', 0, '/etc/motd\ngrüße\n/sys/a\n', ''],
    ['mkdir -p /tmp/d/e; f=$(mktemp); g=$(mktemp); test "$f" != "$g" && test -f "$g" && ls /tmp/d', 0, 'e\n', ''],
    ['echo gone >/dev/null; echo err >&2; cat </dev/null', 0, '', 'err\n'],
    ['printf "a\\nb\\n" > /tmp/q; sed -i s/a/c/ /tmp/q; sort -r /tmp/q', 0, 'c\nb\n', ''],
    ['exit 7', 7, '', ''],
  ])('%s', async (text, status, stdout, stderr) => {
    expect(await run(text)).toEqual([status, stdout, stderr])
  })

  test('stdin arrives', async () => {
    expect(await run('tr a-z A-Z', 'one\ntwo')).toEqual([0, 'ONE\nTWO', ''])
  })

  test('a value written to a kernel attribute is one write, whatever opening it would have truncated', async () => {
    const own = fakeFiles({ '/sys/a/numvfs': '0\n' })
    const shell = createShell(fakeMachine(own), [])
    await shell.run({ text: 'echo 2 > /sys/a/numvfs', env, cwd: '/', stdin: new Uint8Array() })
    expect(own.written).toEqual(['/sys/a/numvfs=2\n'])
  })

  test('variables and the folder outlive the text, for a login that goes on', async () => {
    const shell = createShell(fakeMachine(files()), [])
    const first = await shell.run({ text: 'X=5; cd /etc', env, cwd: '/root', stdin: new Uint8Array() })
    const second = await shell.run({ text: 'echo $X $PWD', env: first.env, cwd: '/etc', stdin: new Uint8Array() })
    expect(Buffer.from(second.stdout).toString()).toBe('5 /etc\n')
  })
})

describe('errors of the kernel reach the shell', () => {
  const busy = (line: number) => `bash: line ${line}: echo: write error: Device or resource busy\n`
  test.each<[string, number, string, string]>([
    ['echo 2 > /sys/a/numvfs', 1, '', busy(1)],
    ['echo 2 > /sys/a/numvfs; echo $?', 0, '1\n', busy(1)],
    ['set -e\necho a\necho 2 > /sys/a/numvfs\necho never', 1, 'a\n', busy(3)],
    ['if echo 2 > /sys/a/numvfs; then echo yes; else echo no; fi', 0, 'no\n', busy(1)],
    ['f() { echo 2 > /sys/a/numvfs; }; f || echo "failed $?"', 0, 'failed 1\n', busy(1)],
    ['for n in 1 2; do echo $n; done > /full/x', 1, '', 'bash: line 1: echo: write error: No space left on device\n'],
    ['eval "echo 2 > /sys/a/numvfs" || echo no', 0, 'no\n', busy(1)],
    ['sh -c "echo 2 > /sys/a/numvfs"', 1, '', busy(1)],
    ['echo 2 | tee /sys/a/numvfs', 1, '2\n', 'tee: /sys/a/numvfs: Device or resource busy\n'],
    ['cat /etc/motd > /full/x', 1, '', 'cat: write error: No space left on device\n'],
    ['(exit 5) > /tmp/k; echo $?', 0, '5\n', ''],
    ['echo 2 > /sys/a/nope', 1, '', 'bash: /sys/a/nope: Permission denied\n'],
    ['echo 2 > /nope/x && echo yes', 1, '', 'bash: /nope/x: No such file or directory\n'],
    ['cat /sys/a/name', 1, '', 'cat: /sys/a/name: Operation not supported\n'],
    ['cd /sys/a; x=$(cat name 2>&1) || echo "$x"', 0, 'cat: name: Operation not supported\n', ''],
    ['cat /nope', 1, '', 'cat: /nope: No such file or directory\n'],
    ['echo "open', 2, '', 'bash: line 1: unexpected EOF while looking for matching `"\'\n'],
  ])('%s', async (text, status, stdout, stderr) => {
    expect(await run(text)).toEqual([status, stdout, stderr])
  })
})
