import { unreachable } from '../shared/unreachable.ts'
import type { Host } from './host.ts'
import { LocalLink } from './local.ts'
import type { LocalSettings, SshSettings } from './settings.ts'
import { ShellHost } from './shell.ts'
import { SshLink, type SshServices } from './ssh.ts'

/** Makes a host of its settings. Nothing is connected before the first exchange. */
export function createHost(settings: LocalSettings | SshSettings, services: SshServices): Host {
  switch (settings.kind) {
    case 'local':
      return new ShellHost(settings.name, new LocalLink())
    case 'ssh':
      return new ShellHost(settings.name, new SshLink(settings, services))
    default:
      return unreachable(settings)
  }
}
