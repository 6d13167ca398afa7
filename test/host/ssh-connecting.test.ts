import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, it } from 'vitest'
import { createHost } from '../../src/host/factory.ts'
import { KnownHostsFiles } from '../../src/host/known-hosts-files.ts'
import { look } from '../../src/module/frame.ts'
import { command } from '../../src/module/read.ts'
import { Pool } from '../../src/shared/pool.ts'
import { Secret } from '../../src/shared/secret.ts'

it('no more hosts connect at once than the connect pool allows, however many are asked at once', async () => {
  const limitMs = 200
  const came: number[] = []
  // It takes connections and never says a word: every handshake lasts until its time limit.
  const server = createServer((socket) => {
    came.push(performance.now())
    socket.on('error', () => undefined).resume()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const services = {
    connectPool: new Pool(2),
    knownHosts: new KnownHostsFiles(),
    environment: { home: '/nonexistent', user: 'nobody', agentSocket: null },
    jumps: new Map(),
  }
  const hosts = ['h1', 'h2', 'h3', 'h4', 'h5'].map((name) =>
    createHost(
      {
        kind: 'ssh',
        name,
        address: '127.0.0.1',
        port,
        user: 'root',
        keys: [],
        password: new Secret('x'),
        ownKeys: false,
        hostKey: { kind: 'pinned', key: '' },
        readConfig: false,
        jump: null,
        timeoutMs: limitMs,
        keepaliveMs: 1000,
        become: { wanted: null, method: 'sudo', user: 'root', password: null },
      },
      services,
    ),
  )
  const answers = await Promise.all(hosts.map((host) => host.exchange(look([command('true')]))))
  expect(answers.map((answer) => answer.kind)).toEqual(hosts.map(() => 'unreachable'))
  // Two places, five hosts: the third and the fifth had to wait for a place. (Some slack: timers may fire a little early.)
  const [first = 0, , third = 0, , fifth = 0] = came
  expect(came).toHaveLength(5)
  expect(third - first).toBeGreaterThan(limitMs * 0.9)
  expect(fifth - third).toBeGreaterThan(limitMs * 0.9)
  await Promise.all(hosts.map((host) => host.disconnect()))
  server.close()
})
