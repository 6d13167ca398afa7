import { describe, expect, it } from 'vitest'
import { parseSshConfig } from '../../src/host/ssh-config.ts'

describe('what ssh -G prints', () => {
  it('is read: first values, lists, and none as nothing', () => {
    const text = [
      'host hv1',
      'user admin',
      'hostname 10.0.0.1',
      'port 2222',
      'identitiesonly yes',
      'identityfile ~/.ssh/a',
      'identityfile ~/.ssh/b c',
      'userknownhostsfile ~/.ssh/known_hosts ~/.ssh/known_hosts2',
      'globalknownhostsfile /etc/ssh/ssh_known_hosts',
      'proxycommand none',
      'proxyjump me@jump',
      'hostkeyalias alias',
    ]
    expect(parseSshConfig(`${text.join('\n')}\n`)).toEqual({
      hostName: '10.0.0.1',
      port: 2222,
      user: 'admin',
      identityFiles: ['~/.ssh/a', '~/.ssh/b c'],
      identitiesOnly: true,
      identityAgent: null,
      userKnownHosts: ['~/.ssh/known_hosts', '~/.ssh/known_hosts2'],
      globalKnownHosts: ['/etc/ssh/ssh_known_hosts'],
      hostKeyAlias: 'alias',
      proxyJump: 'me@jump',
      proxyCommand: null,
    })
  })

  it('may be nothing', () => {
    expect(parseSshConfig('')).toMatchObject({ hostName: null, port: null, identityFiles: [], proxyJump: null })
  })
})
