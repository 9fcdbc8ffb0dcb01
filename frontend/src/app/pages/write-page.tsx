import { useNavigate } from "react-router";
import { Gate } from "@/app/sheet-page";
import { CoverField } from "@/features/media/components/cover-field";
import { WriteForm } from "@/features/post/components/write-form";
import { addressOf } from "@/features/post/post";
import { useTitle } from "@/lib/use-title";
import styles from "./column.module.css";

export default function WritePage() {
  useTitle("Write");
  const navigate = useNavigate();
  return (
    <div className={styles.column}>
      <h1 className={styles.title}>Write a post</h1>
      <Gate gate="member">
        <WriteForm
          cover={(props) => <CoverField {...props} />}
          onSaved={(post) => void navigate(addressOf(post))}
        />
      </Gate>
    </div>
  );
}
