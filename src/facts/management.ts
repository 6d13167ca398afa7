import type { Facts } from '../module/facts.ts'

/**
 * Finds the interface that carries this SSH session and everything it stands on.
 *
 * @param sshConnection `SSH_CONNECTION` of sshd(8): client address and port, server address and port
 * @param addresses `ip -o addr show`: `2: eno1    inet 192.0.2.11/24 brd ...`
 * @param links targets of `/sys/class/net/<dev>/master` and `/sys/class/net/<dev>/lower_<dev>`
 */
export function managementOf(
  sshConnection: string,
  addresses: string,
  links: ReadonlyMap<string, string>,
): Facts['management'] {
  const server = sshConnection.trim().split(/\s+/)[2]
  const name = server === undefined ? null : interfaceOf(server, addresses)
  return { interface: name, uses: name === null ? [] : [...below(name, links)] }
}

function interfaceOf(address: string, addresses: string): string | null {
  const wanted = address.replace(/^::ffff:/, '')
  for (const line of addresses.split('\n')) {
    const match = /^\d+:\s+([^\s:@]+)(?:@\S+)?\s+inet6?\s+([0-9a-f.:]+)/.exec(line)
    if (match?.[2] === wanted) return match[1] ?? null
  }
  return null
}

/** The interface itself, its lower links (VLAN, bridge, bond) and the members of those. */
function below(name: string, links: ReadonlyMap<string, string>): ReadonlySet<string> {
  const found = new Set<string>()
  const queue = [name]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (found.has(next)) continue
    found.add(next)
    for (const [path, target] of links) {
      const [device = '', link = ''] = path.split('/').slice(4)
      if (device === next && link.startsWith('lower_')) queue.push(link.slice('lower_'.length))
      if (link === 'master' && target.slice(target.lastIndexOf('/') + 1) === next) queue.push(device)
    }
  }
  return found
}
