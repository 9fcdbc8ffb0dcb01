import { useEffect, useState } from "react";

const HALF_MINUTE = 30_000;

/** The current time, moving on often enough for "3 minutes ago" to stay true. */
export function useNow(every = HALF_MINUTE): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
