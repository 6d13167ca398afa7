/** The broadcast address of the IPv4 network that an address with a prefix length is in. */
export function broadcastOf(address: string, prefix: number): string {
  const host = 2 ** (32 - prefix) - 1
  const number = Math.floor(toNumber(address) / (host + 1)) * (host + 1) + host
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
}

/** Whether an IPv4 address is in the network of an interface's address (`10.0.0.7/24`); never for IPv6. */
export function contains(network: string, address: string): boolean {
  const [local = '', prefix = '32'] = network.split('/')
  if (local.includes(':') || !/^\d+(\.\d+){3}$/.test(address)) return false
  const size = 2 ** (32 - Number(prefix))
  return Math.floor(toNumber(local) / size) === Math.floor(toNumber(address) / size)
}

const toNumber = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
