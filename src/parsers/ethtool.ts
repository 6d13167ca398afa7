/** One feature of `ethtool -k`. */
export interface EthtoolFeature {
  readonly on: boolean
  /** The driver does not let it be changed. */
  readonly fixed: boolean
}

/** Reads `ethtool -k DEV`: `hw-tc-offload: off [fixed]`; indented ones are features as well. */
export function parseFeatures(text: string): ReadonlyMap<string, EthtoolFeature> {
  const features = new Map<string, EthtoolFeature>()
  for (const line of text.split('\n')) {
    const match = /^\s*([a-z0-9-]+): (on|off)((?: \[[^\]]*\])*)\s*$/.exec(line)
    if (match?.[1] !== undefined)
      features.set(match[1], { on: match[2] === 'on', fixed: match[3]?.includes('[fixed]') ?? false })
  }
  return features
}

/** Reads `ethtool -i DEV`: `driver`, `firmware-version`, `bus-info` ...; empty values are kept empty. */
export function parseDriverInfo(text: string): ReadonlyMap<string, string> {
  const info = new Map<string, string>()
  for (const line of text.split('\n')) {
    const match = /^([a-z-]+):(?: (.*?))?\s*$/.exec(line)
    if (match?.[1] !== undefined) info.set(match[1], match[2] ?? '')
  }
  return info
}

/** Reads `ethtool -S DEV`: counters by name. */
export function parseStatistics(text: string): ReadonlyMap<string, number> {
  const counters = new Map<string, number>()
  for (const line of text.split('\n')) {
    const match = /^\s+(\S.*?):\s+(\d+)\s*$/.exec(line)
    if (match?.[1] !== undefined && match[2] !== undefined) counters.set(match[1], Number(match[2]))
  }
  return counters
}
