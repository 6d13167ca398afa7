import type { Ovs } from '../state.ts'
import { type Answer, type Command, type CommandSpec, refused, said } from './command.ts'
import { setColumn } from './table-commands.ts'
import { type Database, forgetColumns } from './tables.ts'

/** The commands about bridges and ports of ovs-vsctl(8), with the messages of utilities/ovs-vsctl.c. */
export const bridgeCommands: Readonly<Record<string, CommandSpec>> = {
  init: { least: 0, most: 0, options: [], perform: () => said() },
  'add-br': { least: 1, most: 1, options: ['--may-exist'], perform: addBridge },
  'del-br': { least: 1, most: 1, options: ['--if-exists'], perform: deleteBridge },
  'list-br': { least: 0, most: 0, options: [], perform: ({ ovs }) => lines(Object.keys(ovs.bridges)) },
  'br-exists': {
    least: 1,
    most: 1,
    options: [],
    perform: ({ ovs }, { words }) => ((words[0] ?? '') in ovs.bridges ? said() : refused('', 2)),
  },
  'br-to-vlan': {
    least: 1,
    most: 1,
    options: [],
    perform: ({ ovs }, { words }) => onBridge(ovs, words[0], () => '0\n'),
  },
  'br-to-parent': {
    least: 1,
    most: 1,
    options: [],
    perform: ({ ovs }, { words }) => onBridge(ovs, words[0], () => `${words[0]}\n`),
  },
  'br-set-external-id': { least: 2, most: 3, options: [], perform: setExternalId },
  'br-get-external-id': { least: 1, most: 2, options: [], perform: getExternalId },
  'list-ports': { least: 1, most: 1, options: [], perform: listPorts },
  'list-ifaces': { least: 1, most: 1, options: [], perform: listPorts },
  'add-port': { least: 2, most: 99, options: ['--may-exist'], perform: addPort },
  'del-port': { least: 1, most: 2, options: ['--if-exists', '--with-iface'], perform: deletePort },
  'port-to-br': { least: 1, most: 1, options: [], perform: bridgeOf('port') },
  'iface-to-br': { least: 1, most: 1, options: [], perform: bridgeOf('interface') },
}

/** The bridge that has a port of this name; the bridges' own ports do not count. */
function bridgeWith(ovs: Ovs, port: string): string | null {
  return Object.entries(ovs.bridges).find(([, { ports }]) => port in ports)?.[0] ?? null
}

function addBridge({ ovs }: Database, { words, options }: Command): Answer {
  const name = words[0] ?? ''
  const taken = bridgeWith(ovs, name)
  if (name in ovs.bridges) {
    return options.has('--may-exist')
      ? said()
      : refused(`cannot create a bridge named ${name} because a bridge named ${name} already exists`)
  }
  if (taken !== null) {
    return refused(
      `cannot create a bridge named ${name} because a port named ${name} already exists on bridge ${taken}`,
    )
  }
  ovs.bridges[name] = { ports: {}, externalIds: {} }
  return said()
}

function deleteBridge({ ovs }: Database, { words, options }: Command): Answer {
  const name = words[0] ?? ''
  const bridge = ovs.bridges[name]
  if (!bridge) return options.has('--if-exists') ? said() : refused(`no bridge named ${name}`)
  for (const port of Object.keys(bridge.ports)) forgetColumns(ovs, port)
  forgetColumns(ovs, name)
  delete ovs.bridges[name]
  return said()
}

function addPort(db: Database, { words, options }: Command): Answer {
  const [name = '', port = '', ...settings] = words
  const bridge = db.ovs.bridges[name]
  if (!bridge) return refused(`no bridge named ${name}`)
  const taken = bridgeWith(db.ovs, port)
  if (taken !== null) {
    if (!options.has('--may-exist')) {
      return refused(
        `cannot create a port named ${port} because a port named ${port} already exists on bridge ${taken}`,
      )
    }
    if (taken !== name) {
      return refused(`"--may-exist add-port ${name} ${port}" but ${port} is actually attached to bridge ${taken}`)
    }
    return said()
  }
  if (port in db.ovs.bridges) {
    return refused(`cannot create a port named ${port} because a bridge named ${port} already exists`)
  }
  bridge.ports[port] = { tag: null }
  for (const setting of settings) {
    const answer = setColumn(db, 'Port', port, setting)
    if (!answer.ok) return answer
  }
  return { ok: true, out: '', added: [port] }
}

function deletePort({ ovs }: Database, { words, options }: Command): Answer {
  const [first = '', second] = words
  const port = second ?? first
  if (second !== undefined && !(first in ovs.bridges)) return refused(`no bridge named ${first}`)
  const owner = bridgeWith(ovs, port)
  if (owner === null) {
    if (port in ovs.bridges) {
      return refused(
        `cannot delete port ${port} because it is the local port for bridge ${port} (deleting this port requires deleting the entire bridge)`,
      )
    }
    return options.has('--if-exists') ? said() : refused(`no port named ${port}`)
  }
  if (second !== undefined && owner !== first) {
    return refused(`bridge ${first} does not have a port ${port} (although its is on bridge ${owner})`)
  }
  delete ovs.bridges[owner]?.ports[port]
  forgetColumns(ovs, port)
  return said()
}

function listPorts({ ovs }: Database, { words }: Command): Answer {
  return onBridge(ovs, words[0], (bridge) =>
    Object.keys(bridge.ports)
      .sort()
      .map((port) => `${port}\n`)
      .join(''),
  )
}

function bridgeOf(noun: 'port' | 'interface') {
  return ({ ovs }: Database, { words }: Command): Answer => {
    const name = words[0] ?? ''
    const bridge = bridgeWith(ovs, name)
    return bridge === null ? refused(`no ${noun} named ${name}`) : said(`${bridge}\n`)
  }
}

function setExternalId({ ovs }: Database, { words }: Command): Answer {
  const [name, key = '', value] = words
  return onBridge(ovs, name, (bridge) => {
    if (value === undefined) delete bridge.externalIds[key]
    else bridge.externalIds[key] = value
    return ''
  })
}

function getExternalId({ ovs }: Database, { words }: Command): Answer {
  const [name, key] = words
  return onBridge(ovs, name, (bridge) =>
    key === undefined
      ? Object.entries(bridge.externalIds)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([each, value]) => `${each}=${value}\n`)
          .join('')
      : `${bridge.externalIds[key] ?? ''}\n`,
  )
}

function onBridge(ovs: Ovs, name: string | undefined, what: (bridge: Ovs['bridges'][string]) => string): Answer {
  const bridge = ovs.bridges[name ?? '']
  return bridge ? said(what(bridge)) : refused(`no bridge named ${name}`)
}

function lines(names: readonly string[]): Answer {
  return said(
    [...names]
      .sort()
      .map((name) => `${name}\n`)
      .join(''),
  )
}
