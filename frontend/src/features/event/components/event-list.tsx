import { type SyntheticEvent, useState } from "react";
import { useSearchParams } from "react-router";
import type { Schemas } from "@/api/operations";
import { Button } from "@/components/button";
import { Listing } from "@/components/listing";
import { useList } from "@/features/event/api/list";
import { useStats } from "@/features/event/api/stats";
import { useTail } from "@/features/event/api/use-tail";
import { ConflictAlarm } from "@/features/event/components/conflict-alarm";
import { EventRow } from "@/features/event/components/event-row";
import type { Slice } from "@/features/event/event";
import { itemsOf } from "@/lib/pages";
import styles from "./listing.module.css";

/** What happened last, everywhere, and what happens now. */
export function EventList() {
  const [search, setSearch] = useSearchParams();
  const slice = { type: search.get("type") ?? "", subject: search.get("subject") ?? "" };
  const stats = useStats().data;
  const types = Object.keys(stats?.by_type ?? {}).sort();
  const change = (part: Partial<Slice>) =>
    setSearch(
      Object.entries({ ...slice, ...part }).filter(([, value]) => value !== ""),
      { preventScrollReset: true },
    );
  const submit = (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const subject = new FormData(event.currentTarget).get("subject");
    change({ subject: typeof subject === "string" ? subject.trim() : "" });
  };
  return (
    <>
      <ConflictAlarm conflicts={stats?.conflicts ?? 0} />
      <form className={styles.bar} onSubmit={submit}>
        <label className={styles.filter}>
          Type
          <select value={slice.type} onChange={(event) => change({ type: event.target.value })}>
            <option value="">All types</option>
            {slice.type && !types.includes(slice.type) && <option>{slice.type}</option>}
            {types.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        <label className={`${styles.filter} ${styles.wide}`}>
          Subject
          <input
            key={slice.subject}
            name="subject"
            defaultValue={slice.subject}
            maxLength={500}
            placeholder="post/…"
            autoComplete="off"
            spellCheck={false}
          />
        </label>
        <Button type="submit" small>
          Filter
        </Button>
      </form>
      <Figures stats={stats} />
      <Rows key={`${slice.type} ${slice.subject}`} slice={slice} />
    </>
  );
}

/** They have their place before they have come. */
function Figures({ stats }: { stats: Schemas["Stats"] | undefined }) {
  const hour = stats?.per_minute.reduce((sum, each) => sum + each, 0);
  const figures = [
    { name: "Events", value: stats?.total.toLocaleString("en-GB") },
    { name: "Last hour", value: hour?.toLocaleString("en-GB") },
    { name: "Behind", value: stats && `${stats.lag.toFixed(1)} s` },
    { name: "Dead letters", value: stats?.dead_letters.waiting.toLocaleString("en-GB") },
  ];
  return (
    <dl className={styles.stats}>
      {figures.map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value ?? "–"}</dd>
        </div>
      ))}
    </dl>
  );
}

function Rows({ slice }: { slice: Slice }) {
  // The stream begins where the list was when it came.
  const [newest, setNewest] = useState<number | null>(null);
  const tail = useTail(slice, newest);
  const list = useList(slice, tail.live);
  if (newest === null && list.data) setNewest(list.data.pages[0]?.items[0]?.sequence ?? 0);
  const told = { items: tail.events, next: null };
  const events = itemsOf(list.data && { pages: [told, ...list.data.pages] }, ({ sequence }) => sequence)
    .sort((some, other) => other.sequence - some.sequence);
  return (
    <>
      <p className={styles.state} role="status" data-live={tail.live}>
        {tail.live ? "Live: events appear as they happen" : list.isError ? "Not up to date" : "Refreshes while you watch"}
      </p>
      <Listing
        list={list}
        items={events}
        label="Events, newest first"
        empty={{
          title: "No events here yet",
          advice:
            slice.type || slice.subject
              ? "None like this has happened."
              : "Publish a post, and its event arrives here within a second.",
        }}
        more="Show earlier events"
        lines={10}
      >
        {(event) => <EventRow key={event.sequence} event={event} />}
      </Listing>
    </>
  );
}
