// A result as a table: figures to the right, a page at a time, words in the reader's language.
import { useState } from 'react'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { Button } from '@/components/ui/button'
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from '@/components/ui/table'

const PAGE = 12
const WORDS = {
  zh: { rows: (n) => `共 ${n} 行`, more: (n) => `显示前 ${n} 行，另有更多`, page: (a, b) => `第 ${a} / ${b} 页`, before: '上一页', after: '下一页', receipt: '收据' },
  en: { rows: (n) => `${n} row${n === '1' ? '' : 's'}`, more: (n) => `First ${n} rows shown, there are more`, page: (a, b) => `Page ${a} of ${b}`, before: 'Previous page', after: 'Next page', receipt: 'Receipt' }
}
const FIGURE = /^[-+−–—¥$€≥≤<>≈~\s]*(\d[\d,.\s]*)?\s*(%|‰|个百分点|百分点|pp|pts?|天|分钟|万|亿|元|人|次|days?|min|k|m)?[-–—]*$/i

// English headings come as the words they are, "channel"; a name with a capital of its own, "iOS", stays.
const heading = (text) => (/^[a-z][a-z ]*$/.test(text) ? text[0].toUpperCase() + text.slice(1) : text)

function isFigures(rows, column) {
  const cells = rows.map((row) => String(row[column] ?? '').trim()).filter(Boolean)
  return cells.length > 0 && cells.every((cell) => FIGURE.test(cell)) && cells.some((cell) => /\d/.test(cell))
}

export default function YunceTable() {
  const { title, columns = [], rows = [], receipt, language, more } = props
  const words = WORDS[language] || WORDS.en
  const [page, setPage] = useState(0)
  const pages = Math.max(1, Math.ceil(rows.length / PAGE))
  const shown = rows.slice(page * PAGE, page * PAGE + PAGE)
  const figures = columns.map((_, column) => isFigures(rows, column))
  const short = (column) => rows.every((row) => String(row[column] ?? '').length <= 16)
  const sides = columns.map((_, i) => (figures[i] && columns.length > 1 ? 'yunce-figure' : short(i) ? 'yunce-short' : 'yunce-text'))
  const side = (column) => sides[column]

  return (
    <div className="yunce-table">
      {title ? <div className="yunce-table-title">{title}</div> : null}
      <div className="yunce-table-scroll">
        <Table aria-label={title}>
          <TableHeader>
            <TableRow>
              {columns.map((column, i) => (
                <TableHead key={i} className={side(i)}>{heading(column)}</TableHead>
              ))}
            </TableRow>
          </TableHeader>
          <TableBody>
            {shown.map((row, r) => (
              <TableRow key={r}>
                {row.map((cell, i) => (
                  <TableCell key={i} className={side(i)}>{cell}</TableCell>
                ))}
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </div>
      <div className="yunce-table-foot">
        <span>{(more ? words.more : words.rows)(rows.length.toLocaleString('en-US'))}{receipt ? ` · ${words.receipt} ${receipt}` : ''}</span>
        {pages > 1 ? (
          <span className="yunce-table-pages">
            <Button variant="ghost" size="icon" aria-label={words.before} disabled={page === 0} onClick={() => setPage(page - 1)}><ChevronLeft /></Button>
            {words.page(page + 1, pages)}
            <Button variant="ghost" size="icon" aria-label={words.after} disabled={page === pages - 1} onClick={() => setPage(page + 1)}><ChevronRight /></Button>
          </span>
        ) : null}
      </div>
    </div>
  )
}
