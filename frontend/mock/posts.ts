import type { Member } from "../src/features/auth/auth";
import type { Post } from "../src/features/post/post";

export const MEMBERS: Member[] = [
  { id: "user_ines", name: "Inés Aldana", avatar: "", role: "admin" },
  { id: "user_tomo", name: "Tomo Hara", avatar: "/function/site/imagekit/files/11.svg", role: "member" },
  { id: "user_ruth", name: "Ruth Okonkwo", avatar: "", role: "member" },
  { id: "user_bela", name: "Béla Szűcs", avatar: "", role: "member" },
];

const PAPER = `In 1951 a stack of paper was the only screen most computers had. It came folded, sheet upon sheet, pulled through the printer by its holes, and it fell into a tray behind the machine in exactly the order in which things had happened.

Nobody designed it as a log. It became one because it could not be anything else: **you cannot insert a page into continuous paper.** What is printed stays printed. If a number was wrong, the correction came later, further down, and both could be read.

## What the operator saw

An operator did not query the paper. She leafed. The pale bars kept her eye on its line across fourteen inches of digits, and the fold told her thumb where to go.

> The listing is the truth. The memory of the machine is only an opinion about it.

Three things followed from the form, and each of them is a habit worth keeping:

1. Order is part of the record, not something to sort by afterwards.
2. Nothing is lost quietly. A torn sheet leaves a stub.
3. Two readers can hold different pages of one stack at the same time.

### A small program

The whole idea fits in a few lines, and these have not changed much in seventy years:

\`\`\`python
async def write(change, announce):
    async with transaction() as tx:
        entity = await change(tx)
        tx.publish(announce(entity))   # the same commit, or none
    return entity
\`\`\`

| Medium | Order kept by | Correction |
|---|---|---|
| Fanfold paper | the fold | a later line |
| Ledger | the binding | a red entry |
| Event log | the sequence | a new event |

---

The tray behind the printer filled, somebody carried the stack to a shelf, and a date went on the spine. That was the archive. It needed no power, and the index was a person who remembered roughly how far down to dig.`;

const SHORT = `The first frost came on a Tuesday, and by the afternoon every bed but the kale was a grey rag. I had been told. Everyone on the allotment had been told, by everyone else, for a week.

What I want to write down is not the loss but the sound: a field of frozen leaves, when the sun reaches it, ticks like a cooling engine.

Next year: fleece by the twentieth of October, whatever the forecast says.`;

interface Seed {
  title: string;
  summary: string;
  category: string;
  tags: string[];
  author: number;
  cover: number | null;
  likes: number;
  comments: number;
  content?: string;
}

const SEEDS: Seed[] = [
  { title: "The paper remembers what the machine forgot", summary: "Continuous stationery was the first append-only log. What its folds still teach about order, correction and trust.", category: "Machines", tags: ["paper", "history", "logs"], author: 0, cover: 1, likes: 48, comments: 5, content: PAPER },
  { title: "Notes after the first frost", summary: "A field of frozen leaves, when the sun reaches it, ticks like a cooling engine.", category: "Allotment", tags: ["autumn"], author: 2, cover: null, likes: 17, comments: 2, content: SHORT },
  { title: "Fourteen ferries in nine days", summary: "Timetables are a kind of literature. Along the Seto Inland Sea with a paper one, which was mostly right.", category: "Travel", tags: ["japan", "ferries"], author: 1, cover: 3, likes: 31, comments: 8 },
  { title: "Against the second monitor", summary: "I took it away for a month. Here is the diary, and the part where I put it back.", category: "Work", tags: ["attention"], author: 3, cover: null, likes: 9, comments: 14 },
  { title: "How a village hall tunes its piano", summary: "", category: "", tags: [], author: 2, cover: 8, likes: 3, comments: 0 },
  { title: "Bread for people who are always late", summary: "A dough that forgives. It waits a day in the cold, or two, and holds no grudge.", category: "Kitchen", tags: ["bread", "slow"], author: 1, cover: 14, likes: 26, comments: 3 },
  { title: "A short defence of the footnote", summary: "The note at the bottom of the page is the last place where a writer may change their mind in public.", category: "Reading", tags: ["typography"], author: 0, cover: null, likes: 12, comments: 1 },
];

export function seededPosts(now: Date): Post[] {
  return SEEDS.concat(SEEDS.map((seed) => ({ ...seed, title: `${seed.title}, again`, cover: null }))).map(
    (seed, index) => {
      const at = new Date(now.getTime() - (index * 31 + 5) * 3_600_000).toISOString();
      const { id, name, avatar } = MEMBERS[seed.author] as Member;
      return {
        ...seed,
        id: `0199f0a0-0000-7000-8000-${String(1000 - index).padStart(12, "0")}`,
        slug: seed.title.toLowerCase().replace(/[^a-z0-9]+/g, "-"),
        content: seed.content ?? SHORT,
        cover: seed.cover === null ? "" : `/function/site/imagekit/files/${seed.cover}.svg`,
        author: { id, name, avatar },
        featured: false,
        visits: 0,
        revision: 1,
        created_at: at,
        updated_at: at,
      };
    },
  );
}
