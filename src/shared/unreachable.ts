/** Ends a `switch` over a union: adding a member to the union makes the compiler list every switch that must learn it. */
export function unreachable(value: never): never {
  throw new Error(`Internal error: unexpected value ${JSON.stringify(value)}`)
}
