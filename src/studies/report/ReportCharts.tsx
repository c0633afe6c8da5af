import { SegmentedControl } from '@mantine/core'
import { type ReactNode, useMemo, useState } from 'react'
import type { StudyReport } from '../../../workers/protocol.ts'
import { AgreementCurves, AgreementScatter, SuccessByArm, SuccessBySize } from './charts.tsx'
import { InTurn } from './InTurn.tsx'
import classes from './Report.module.css'
import type { Chosen } from './selection.ts'
import {
  agreementCurves,
  lookOfArm,
  successAndAgreement,
  successByArm,
  successBySize,
  teacherSuccess,
} from './series.ts'

/** Success by arm and by size, agreement by step, and both against each other. */
export function ReportCharts({ report, chosen }: { report: StudyReport; chosen: Chosen }) {
  const [kind, setKind] = useState<'reason' | 'act'>('act')
  const { environment } = chosen
  const look = useMemo(() => (arm: string) => lookOfArm(report, arm), [report])
  const arms = useMemo(() => successByArm(report, chosen), [report, chosen])
  const sizes = useMemo(() => successBySize(report, chosen), [report, chosen])
  const curves = useMemo(() => agreementCurves(report, chosen, kind), [report, chosen, kind])
  const marks = useMemo(() => successAndAgreement(report, environment, kind), [report, environment, kind])
  if (report.points.length === 0) {
    return <p className={classes.soft}>Drawn as soon as a cell of the tables is done.</p>
  }
  const drawn = [...new Set([...sizes, ...marks].map(({ arm }) => arm).concat(curves.arms))]
  return (
    <>
      <div className={classes.chartBar}>
        <ul className={classes.key} aria-label="Arms in the charts">
          {Object.keys(report.study.arms)
            .filter((arm) => drawn.includes(arm))
            .map((arm) => (
              <KeyLine key={arm} arm={arm} {...look(arm)} />
            ))}
        </ul>
        <SegmentedControl
          size="xs"
          aria-label="Agreement on"
          value={kind}
          onChange={(value) => setKind(value as 'reason' | 'act')}
          data={[
            { value: 'act', label: 'Agreement on actions' },
            { value: 'reason', label: 'on reasoning' },
          ]}
        />
      </div>
      <div className={classes.charts}>
        <Figure turn={1} caption="Success by arm: mean and 95 % interval over the seeds; dashed, the teacher">
          {arms.length > 0 && <SuccessByArm arms={arms} teacher={teacherSuccess(report, environment)} />}
        </Figure>
        <Figure turn={2} caption="Success by the size of the student, in parameters; bars are 95 % intervals">
          {sizes.length > 0 && <SuccessBySize lines={sizes} look={look} />}
        </Figure>
        <Figure
          turn={3}
          caption="Agreement with the teacher on held-out tokens, by step; mean over the seeds"
        >
          {curves.rows.length > 0 && <AgreementCurves {...curves} look={look} />}
        </Figure>
        <Figure turn={4} caption="Success against agreement: a mark for each trained student of this world">
          {marks.length > 0 && <AgreementScatter lines={marks} look={look} />}
        </Figure>
      </div>
    </>
  )
}

interface FigureProps {
  caption: string
  turn: number
  children: ReactNode
}

function Figure({ caption, turn, children }: FigureProps) {
  return (
    <figure className={classes.figure}>
      <figcaption>{caption}</figcaption>
      <div className={classes.plot}>
        <InTurn turn={turn}>
          {children || <p className={classes.empty}>Not enough is done for this one yet.</p>}
        </InTurn>
      </div>
    </figure>
  )
}

function KeyLine({ arm, colour, dash }: { arm: string } & ReturnType<typeof lookOfArm>) {
  return (
    <li>
      <svg width="22" height="8" aria-hidden="true">
        <line x1="0" x2="22" y1="4" y2="4" stroke={colour} strokeWidth="2" strokeDasharray={dash} />
      </svg>
      {arm}
    </li>
  )
}
