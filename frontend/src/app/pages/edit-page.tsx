import { useNavigate, useParams } from "react-router";
import { LoadedPost } from "@/app/loaded-post";
import { NotFoundPage } from "@/app/pages/not-found-page";
import { Gate } from "@/app/sheet-page";
import { CoverField } from "@/features/media/components/cover-field";
import { EditForm } from "@/features/post/components/edit-form";
import { addressOf } from "@/features/post/post";
import { useTitle } from "@/lib/use-title";
import styles from "./column.module.css";

export default function EditPage() {
  useTitle("Edit");
  const { slug = "" } = useParams();
  const navigate = useNavigate();
  return (
    <div className={styles.column}>
      <h1 className={styles.title}>Edit</h1>
      <Gate gate="member">
        <LoadedPost slug={slug} missing={<NotFoundPage what="post" />}>
          {(post) => (
            <EditForm
              key={post.id}
              found={post}
              cover={(props) => <CoverField {...props} />}
              onSaved={(saved) => void navigate(addressOf(saved))}
            />
          )}
        </LoadedPost>
      </Gate>
    </div>
  );
}
