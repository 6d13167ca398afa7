import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { becomeCommand } from '../../src/host/become.ts'
import type { Become, Exchange } from '../../src/host/host.ts'
import { LocalLink } from '../../src/host/local.ts'
import { ShellHost } from '../../src/host/shell.ts'
import { look } from '../../src/module/frame.ts'
import { command } from '../../src/module/read.ts'
import { Secret } from '../../src/shared/secret.ts'

/** A sudo that asks as the real one does, and keeps account of what it was given. */
const sudo = `#!/bin/sh
here=\${0%/*}
[ "$MOOD" = silent ] || [ -z "$SAYS" ] || { echo "$SAYS" >&2; exit 1; }
ask= prompt=
while [ "$1" != -- ]; do
  case $1 in -n) ask=no;; -S) ask=yes;; -p) prompt=$2; shift;; -u) user=$2; shift;; esac
  shift
done
shift
if [ "$MOOD" = asks ]; then
  [ "$ask" = yes ] || { echo 'sudo: a password is required' >&2; exit 1; }
  for attempt in 1 2 3; do
    printf %s "$prompt" >&2
    IFS= read -r password || exit 1
    echo "$password" >>"$here/given"
    [ "$password" = right ] && break
    echo 'Sorry, try again.' >&2
    [ $attempt = 3 ] && { echo 'sudo: 3 incorrect password attempts' >&2; exit 1; }
  done
fi
BECAME=$user; export BECAME
exec "$@"
`

describe('becoming another user', () => {
  let folder: string
  const hosts: ShellHost[] = []
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'vflag-become-'))
    writeFileSync(path.join(folder, 'sudo'), sudo)
    chmodSync(path.join(folder, 'sudo'), 0o755)
  })
  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.disconnect()
    rmSync(path.join(folder, 'given'), { force: true })
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const open = (env: Record<string, string>): ShellHost => {
    const host = new ShellHost('here', new LocalLink({ env: { PATH: `${folder}:/usr/bin:/bin`, ...env } }))
    hosts.push(host)
    return host
  }
  const became = look([command('printenv', 'BECAME')])
  const who = (answer: Exchange): unknown => {
    if (answer.kind !== 'done') return answer
    const [reading] = answer.result.before
    return reading?.kind === 'command' ? reading.stdout.trim() : null
  }
  const root: Become = { method: 'sudo', user: 'root' }
  const withPassword = (password: string): Become => ({ ...root, password: new Secret(password) })

  it('gives each user a shell of their own, and none to those who stay who they are', async () => {
    const host = open({})
    const answers = []
    for (const become of [root, { ...root, user: "o'neil" }, root, withPassword('unused')])
      answers.push(who(await host.exchange(became, { become })))
    answers.push(who(await host.exchange(became)))
    expect(answers).toEqual(['root', "o'neil", 'root', 'root', ''])
  })

  it('gives the password once, and only when asked', async () => {
    expect(who(await open({ MOOD: 'asks' }).exchange(became, { become: withPassword('right') }))).toBe('root')
    expect(readFileSync(path.join(folder, 'given'), 'utf8')).toBe('right\n')
  })

  it('does not try a wrong password twice', async () => {
    expect(who(await open({ MOOD: 'asks' }).exchange(became, { become: withPassword('wrong') }))).toEqual({
      kind: 'unreachable',
      failure: {
        reason: 'become',
        message: 'becoming root with sudo was refused: the password is wrong',
        hint: 'check --ask-become-pass or ansible_become_password',
      },
    })
    expect(readFileSync(path.join(folder, 'given'), 'utf8')).toMatch(/^wrong\n$/)
  })

  it.each([
    [
      'asks',
      '',
      'sudo: a password is required',
      'give the password with --ask-become-pass or ansible_become_password, or allow NOPASSWD in /etc/sudoers',
    ],
    [
      '',
      'sudo: sorry, you must have a tty to run sudo',
      null,
      'sudo is set to "requiretty" on the host: add "Defaults:<login user> !requiretty" to /etc/sudoers',
    ],
    ['', 'me is not in the sudoers file.', null, 'allow the login user to run /bin/sh as root in /etc/sudoers'],
    ['', 'sudo: unknown user root', null, 'there is no user root on the host: check ansible_become_user'],
    ['', 'sudo: something new', null, 'log in to the host and try: sudo -u root'],
  ])('that is refused says why and what to do (%s %s)', async (mood, says, why, hint) => {
    expect(await open({ MOOD: mood, SAYS: says }).exchange(became, { become: root })).toEqual({
      kind: 'unreachable',
      failure: { reason: 'become', message: `becoming root with sudo was refused: ${why ?? says}`, hint },
    })
  })

  it('without sudo says that it is not there', async () => {
    const host = new ShellHost('here', new LocalLink({ env: { PATH: '/nonexistent' } }))
    hosts.push(host)
    expect(await host.exchange(became, { become: root })).toMatchObject({ kind: 'unreachable' })
  })

  it('asks sudo and su in words that every login shell understands', () => {
    expect([
      becomeCommand(root, null),
      becomeCommand({ ...root, user: "o'neil" }, 'T'),
      becomeCommand({ method: 'su', user: 'root' }, null),
      becomeCommand({ method: 'su', user: 'root' }, 'T'),
    ]).toEqual([
      `exec env LC_ALL=C sudo -n -u 'root' -- /bin/sh`,
      `exec env LC_ALL=C sudo -S -p 'password-T:' -u 'o'\\''neil' -- /bin/sh -c 'echo ready-T; exec /bin/sh'`,
      `exec env LC_ALL=C su 'root' -s /bin/sh -c 'exec /bin/sh'`,
      `exec env LC_ALL=C su 'root' -s /bin/sh -c 'echo ready-T; exec /bin/sh'`,
    ])
  })
})
