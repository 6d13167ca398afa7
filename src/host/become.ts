import { randomBytes } from 'node:crypto'
import { err, type Result } from '../shared/result.ts'
import type { Secret } from '../shared/secret.ts'
import type { Channel, Link } from './channel.ts'
import type { Become, LinkFailure } from './host.ts'
import { quote } from './wire/words.ts'

/** How long sudo or su may take to ask or to start the shell, in milliseconds; PAM waits some seconds after a wrong password. */
const patienceMs = 30_000

/**
 * Opens a shell as another user. Without a password the method must not ask, and the shell can be used at once: a
 * refusal ends the channel. With one, it is given when it is asked for, and the shell says when it is there; so nothing
 * but the password is ever read as one, and a wrong one is tried once.
 */
export async function openBecome(link: Link, become: Become): Promise<Result<Channel, LinkFailure>> {
  if (become.password === undefined) return await link.open(becomeCommand(become, null))
  const token = randomBytes(8).toString('hex')
  const channel = await link.open(becomeCommand(become, token))
  if (!channel.ok) return channel
  const failure = await giveSecret(channel.value, become, become.password, token)
  if (failure === null) return channel
  channel.value.close()
  return err(failure)
}

/** The command line. `token` makes the prompt and the shell's greeting unmistakable; null: must not ask. */
export function becomeCommand({ method, user }: Become, token: string | null): string {
  const shell = token === null ? '/bin/sh' : `/bin/sh -c ${quote(`echo ready-${token}; exec /bin/sh`)}`
  if (method === 'su') {
    const inner = token === null ? 'exec /bin/sh' : `echo ready-${token}; exec /bin/sh`
    return `exec env LC_ALL=C su ${quote(user)} -s /bin/sh -c ${quote(inner)}`
  }
  const ask = token === null ? '-n' : `-S -p ${quote(`password-${token}:`)}`
  return `exec env LC_ALL=C sudo ${ask} -u ${quote(user)} -- ${shell}`
}

/** Why sudo or su did not give a shell, from what it said. */
export function refusal({ method, user }: Become, said: string, status: number): LinkFailure {
  const line = said
    .split('\n')
    .map((each) => each.trim())
    .findLast((each) => each !== '')
  const why = line ?? `${method} ended with status ${status}`
  const known = hints.find(({ says }) => says.test(said))
  return {
    reason: 'become',
    message: `becoming ${user} with ${method} was refused: ${why}`,
    hint: known?.hint(user) ?? `log in to the host and try: ${method} ${method === 'sudo' ? '-u ' : ''}${user}`,
  }
}

/** Texts of sudo 1.8 and 1.9 and of su (util-linux). */
const hints: readonly { readonly says: RegExp; readonly hint: (user: string) => string }[] = [
  {
    says: /must have a tty/,
    hint: () => 'sudo is set to "requiretty" on the host: add "Defaults:<login user> !requiretty" to /etc/sudoers',
  },
  {
    says: /password is required|terminal is required|no password was provided/,
    hint: () =>
      'give the password with --ask-become-pass or ansible_become_password, or allow NOPASSWD in /etc/sudoers',
  },
  {
    says: /sudo.*(not found|No such file)/,
    hint: () => 'sudo is not installed there: log in as the user itself, or set ansible_become_method to su',
  },
  {
    says: /not in the sudoers|not allowed|may not run/,
    hint: (user) => `allow the login user to run /bin/sh as ${user} in /etc/sudoers`,
  },
  {
    says: /unknown user|does not exist/,
    hint: (user) => `there is no user ${user} on the host: check ansible_become_user`,
  },
  {
    says: /Authentication failure|incorrect password|must be run from a terminal/,
    hint: () => 'check --ask-become-pass or ansible_become_password',
  },
]

/** Gives the password when asked for; null when the shell is there. */
function giveSecret(channel: Channel, become: Become, password: Secret, token: string): Promise<LinkFailure | null> {
  const prompt = become.method === 'su' ? 'assword:' : `password-${token}:`
  const ready = `ready-${token}\n`
  return new Promise((resolve) => {
    let stdout = ''
    let stderr = ''
    let given = false
    let settled = false
    const settle = (failure: LinkFailure | null): void => {
      settled = true
      clearTimeout(timer)
      resolve(failure)
    }
    const timer = setTimeout(() => settle(silent(become)), patienceMs)
    const look = (): void => {
      if (settled) return
      if (stdout.includes(ready)) {
        settle(null)
        return
      }
      const asked = stderr.split(prompt).length - 1 + (become.method === 'su' ? stdout.split(prompt).length - 1 : 0)
      if (asked > 1) settle(wrong(become))
      else if (asked === 1 && !given) {
        given = true
        channel.write(`${password.reveal()}\n`)
      }
    }
    channel.onStdout((bytes) => {
      if (!settled) stdout += Buffer.from(bytes).toString('utf8')
      look()
    })
    channel.onStderr((bytes) => {
      if (!settled) stderr += Buffer.from(bytes).toString('utf8')
      look()
    })
    channel.onEnd((end) => {
      if (settled) return
      const said = stderr.replaceAll(prompt, '')
      settle(end.kind === 'dead' ? end.failure : refusal(become, said, end.status))
    })
  })
}

const wrong = ({ method, user }: Become): LinkFailure => ({
  reason: 'become',
  message: `becoming ${user} with ${method} was refused: the password is wrong`,
  hint: 'check --ask-become-pass or ansible_become_password',
})

const silent = ({ method, user }: Become): LinkFailure => ({
  reason: 'become',
  message: `becoming ${user} with ${method} did not come to an end within ${patienceMs / 1000} s`,
  hint: `log in to the host and try ${method} there`,
})
