/**
 * Less than zero, zero or more than zero, as a version is older than, the same as or newer than another one. Runs of
 * digits count as numbers, runs of letters as text, everything else separates them; a number is newer than letters and
 * a longer version newer than its beginning; `~` is older than the end (as rpmvercmp of RPM does it).
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)]
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const order = comparePart(left[index], right[index])
    if (order !== 0) return order
  }
  return 0
}

function parts(version: string): readonly string[] {
  return version.match(/\d+|[a-zA-Z]+|~/g) ?? []
}

function comparePart(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0
  if (a === '~' || b === '~') return a === '~' ? -1 : 1
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1
  const [numberA, numberB] = [/^\d/.test(a), /^\d/.test(b)]
  if (numberA !== numberB) return numberA ? 1 : -1
  if (!numberA) return a < b ? -1 : 1
  const [valueA, valueB] = [BigInt(a), BigInt(b)]
  return valueA < valueB ? -1 : valueA > valueB ? 1 : 0
}
