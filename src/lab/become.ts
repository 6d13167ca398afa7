import type { BecomeRequest } from './commandline.ts'
import type { Input } from './input.ts'

/** What is asked of whom; the texts are those of sudo 1.9 and of su (util-linux 2.37). */
export interface BecomeContext {
  readonly input: Input
  /** What sudo asks for; null: it does not ask. */
  readonly password: string | null
  say(text: string): void
}

/** Tries to become another user; the new user, or null when it was refused (said on stderr; the status is 1). */
export async function become(request: BecomeRequest, user: string, context: BecomeContext): Promise<string | null> {
  if (user === 'root') return request.user
  return request.method === 'sudo' ? await sudo(request, user, context) : await su(request, context)
}

async function sudo(request: BecomeRequest, user: string, context: BecomeContext): Promise<string | null> {
  const { password, input, say } = context
  if (password === null) return request.user
  if (!request.mayAsk) return refuse(say, 'sudo: a password is required\n')
  if (!request.fromStdin) {
    return refuse(
      say,
      'sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper\nsudo: a password is required\n',
    )
  }
  for (let attempt = 1; attempt <= 3; attempt++) {
    say(request.prompt ?? `[sudo] password for ${user}: `)
    const given = await input.line()
    if (given === password) return request.user
    if (given === null) return refuse(say, '\nsudo: no password was provided\nsudo: a password is required\n')
    if (attempt < 3) say('Sorry, try again.\n')
  }
  return refuse(say, 'sudo: 3 incorrect password attempts\n')
}

async function su(request: BecomeRequest, context: BecomeContext): Promise<string | null> {
  context.say('Password: ')
  const given = await context.input.line()
  if (given !== null && given === context.password) return request.user
  return refuse(context.say, '\nsu: Authentication failure\n')
}

function refuse(say: (text: string) => void, text: string): null {
  say(text)
  return null
}
