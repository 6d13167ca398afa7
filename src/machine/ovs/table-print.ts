import { type Answer, type Style, said } from './command.ts'
import { datumToJson, formatDatum } from './datum.ts'
import { findColumn } from './table-lookup.ts'
import { type Database, readColumn, schema, type Table } from './tables.ts'

/** Prints records as `-f` asks: the columns of `--columns` in that order, else all. */
export function printRecords(
  db: Database,
  table: Table,
  records: readonly string[],
  asked: string | undefined,
  style: Style,
): Answer {
  const columns: string[] = []
  for (const name of asked === undefined ? ['_uuid', ...Object.keys(schema[table])] : asked.split(',')) {
    const column = findColumn(table, name.trim())
    if (typeof column !== 'string') return column
    columns.push(column)
  }
  const rows = records.map((record) => columns.map((column) => readColumn(db, table, record, column)))
  switch (style.format) {
    case 'json':
      return said(`${JSON.stringify({ data: rows.map((row) => row.map(datumToJson)), headings: columns })}\n`)
    case 'csv':
      return said(
        [...(style.headings ? [columns] : []), ...rows.map((row) => row.map((each) => csv(formatDatum(each))))]
          .map((row) => `${row.join(',')}\n`)
          .join(''),
      )
    case 'table': {
      const cells = rows.map((row) => row.map(formatDatum))
      const widths = columns.map((column, at) => Math.max(column.length, ...cells.map((row) => row[at]?.length ?? 0)))
      const line = (row: readonly string[]) =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join(' ')
          .trimEnd()}\n`
      const head = style.headings ? [line(columns), line(widths.map((width) => '-'.repeat(width)))] : []
      return said([...head, ...cells.map(line)].join(''))
    }
    case 'list':
      return said(
        rows
          .map((row) =>
            row
              .map((each, at) =>
                style.headings ? `${(columns[at] ?? '').padEnd(20)}: ${formatDatum(each)}\n` : `${formatDatum(each)}\n`,
              )
              .join(''),
          )
          .join('\n'),
      )
  }
}

function csv(cell: string): string {
  return /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
