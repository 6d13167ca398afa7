/** Ansible's tests (`x is name`) and the function that each stands for. */
export const tests: ReadonlyMap<string, string> = new Map(
  Object.entries({
    defined: 'defined',
    undefined: 'defined',
    changed: 'changed',
    change: 'changed',
    failed: 'failed',
    failure: 'failed',
    skipped: 'skipped',
    skip: 'skipped',
    succeeded: 'succeeded',
    success: 'succeeded',
    successful: 'succeeded',
    unreachable: 'unreachable',
    lost: 'lost',
    none: 'is_none',
    boolean: 'is_boolean',
    true: 'is_true',
    false: 'is_false',
    string: 'is_string',
    number: 'is_number',
    integer: 'is_integer',
    float: 'is_float',
    mapping: 'is_mapping',
    sequence: 'is_sequence',
    list: 'is_sequence',
  }),
)

/** The tests without their second names, for messages. */
export const testNames: readonly string[] = [...tests.keys()].filter(
  (name, index, all) => name === 'undefined' || all.findIndex((each) => tests.get(each) === tests.get(name)) === index,
)

/** Ansible's filters (`x | name`) and the function that each stands for. */
export const filters: ReadonlyMap<string, string> = new Map(
  Object.entries({
    default: 'default',
    d: 'default',
    length: 'size',
    count: 'size',
    bool: 'bool',
    int: 'int',
    float: 'double',
    string: 'string',
    lower: 'lower',
    upper: 'upper',
    trim: 'trim',
    first: 'first',
    last: 'last',
    join: 'join',
    split: 'split',
  }),
)

/** What to write instead of a test that conditions do not know. */
export function testHint(name: string): string | undefined {
  const hints: Readonly<Record<string, string>> = {
    match: 'write x.matches("^...")',
    regex: 'write x.matches("...")',
    search: 'write x.matches("...")',
    version: 'write version_ge(x, "1.2"), or version_gt, version_le, version_lt, version_eq',
    version_compare: 'write version_ge(x, "1.2"), or version_gt, version_le, version_lt, version_eq',
    contains: 'write y in x',
    subset: 'write x.all(each, each in y)',
    superset: 'write y.all(each, each in x)',
    all: 'write x.all(each, each)',
    any: 'write x.exists(each, each)',
    even: 'write x % 2 == 0',
    odd: 'write x % 2 == 1',
    divisibleby: 'write x % n == 0',
    eq: 'write x == y',
    equalto: 'write x == y',
    sameas: 'write x == y',
    ne: 'write x != y',
    lt: 'write x < y',
    gt: 'write x > y',
    ge: 'write x >= y',
    le: 'write x <= y',
    iterable: 'write x is sequence or x is mapping',
    file: 'look at the host with the stat module, and ask the result that it registers',
    directory: 'look at the host with the stat module, and ask the result that it registers',
    exists: 'look at the host with the stat module, and ask the result that it registers',
    link: 'look at the host with the stat module, and ask the result that it registers',
    finished: 'ask for the key: x.finished',
    started: 'ask for the key: x.started',
  }
  return Object.hasOwn(hints, name) ? hints[name] : undefined
}

/** What to write instead of a filter that conditions do not know. */
export function filterHint(name: string): string | undefined {
  const hints: Readonly<Record<string, string>> = {
    regex_search: 'write x.matches("...")',
    regex_findall: 'write x.matches("...")',
    match: 'write x.matches("^...")',
    search: 'write x.matches("...")',
    select: 'write x.filter(each, each ...)',
    reject: 'write x.filter(each, !(each ...))',
    selectattr: 'write x.filter(each, each.key == value)',
    rejectattr: 'write x.filter(each, each.key != value)',
    map: 'write x.map(each, each.key)',
    list: 'leave it out: lists are lists already',
    difference: 'write x.filter(each, each not in y)',
    intersect: 'write x.filter(each, each in y)',
    union: 'write x + y',
    version: 'write version_ge(x, "1.2"), or version_gt, version_le, version_lt, version_eq',
    version_compare: 'write version_ge(x, "1.2"), or version_gt, version_le, version_lt, version_eq',
    ternary: 'write condition ? a : b',
    dict2items: 'a mapping gives its keys: x.all(key, x[key] ...)',
    items2dict: 'set it with set_fact before',
    from_json: 'set it with set_fact before',
    replace: 'set it with set_fact before: {{replace x "from" "to"}}',
    regex_replace: 'ask with x.matches("...") instead',
    min: 'write x.all(each, each >= n)',
    max: 'write x.all(each, each <= n)',
    any: 'write x.exists(each, each)',
    all: 'write x.all(each, each)',
    abs: 'write x < 0 ? -x : x',
  }
  return Object.hasOwn(hints, name) ? hints[name] : undefined
}

/** What to write instead of a function or method that conditions do not know. */
export function functionHint(name: string, method: boolean): string | undefined {
  const methods: Readonly<Record<string, string>> = {
    get: 'write x.key | default(value)',
    keys: 'leave it out: "key" in x',
    values: 'write x.exists(key, x[key] ...)',
    items: 'write x.exists(key, x[key] ...)',
    strip: 'write x.trim()',
    startswith: 'write x.startsWith("...")',
    endswith: 'write x.endsWith("...")',
    find: 'write x.contains("...")',
    format: 'join texts with "+"',
    splitlines: 'write x.split("\\n")',
    count: 'write x.size()',
    index: 'write x.indexOf("...")',
  }
  const functions: Readonly<Record<string, string>> = {
    lookup: 'set it with vars or set_fact before',
    query: 'set it with vars or set_fact before',
    len: 'write size(x)',
    str: 'write string(x)',
    range: 'write the list out',
    match: 'write x.matches("^...")',
    regex: 'write x.matches("...")',
    version: 'write version_ge(x, "1.2")',
    any: 'write x.exists(each, each)',
    all: 'write x.all(each, each)',
    type: 'write x is string, x is number, x is mapping or x is sequence',
  }
  const hints = method ? methods : functions
  return Object.hasOwn(hints, name) ? hints[name] : undefined
}
