import { useMutation, useQuery } from "@tanstack/react-query";
import { Avatar } from "@/components/avatar";
import { EmptyNotice } from "@/components/empty-notice";
import { ProblemNotice } from "@/components/problem-notice";
import { Lines } from "@/components/skeleton";
import { members } from "@/features/auth/api/members";
import { useAuth } from "@/features/auth/auth";
import styles from "./demo-sign-in.module.css";

export default function DemoSignIn({ onSignedIn }: { onSignedIn: () => void }) {
  const { signIn } = useAuth();
  const known = useQuery({
    queryKey: ["auth", "members"],
    queryFn: ({ signal }) => members(signal),
    staleTime: Infinity,
  });
  const choose = useMutation({ mutationFn: (id: string) => signIn(id), onSuccess: onSignedIn });

  if (known.isPending) return <Lines count={5} />;
  if (known.isError) {
    return <ProblemNotice thrown={known.error} onRetry={() => void known.refetch()} />;
  }
  if (known.data.length === 0) {
    return <EmptyNotice title="No demo members yet">Starting Fanfold with its demo makes some.</EmptyNotice>;
  }
  return (
    <>
      {choose.isError && <ProblemNotice thrown={choose.error} />}
      <ul className={styles.members} role="list">
        {known.data.map((member) => (
          <li key={member.id}>
            <button
              type="button"
              className={styles.member}
              data-member={member.id}
              disabled={choose.isPending}
              onClick={() => choose.mutate(member.id)}
            >
              <Avatar name={member.name} url={member.avatar} size={44} />
              <span className={styles.name}>{member.name}</span>
              <span className={styles.role}>
                {member.role === "admin" ? "Administrator" : "Member"}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
