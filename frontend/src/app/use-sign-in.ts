import { useLocation, useNavigate } from "react-router";

/** Leads to the sign-in page, which leads back here. */
export function useSignIn(): () => void {
  const navigate = useNavigate();
  const { pathname, search } = useLocation();
  return () => void navigate(`/sign-in?next=${encodeURIComponent(pathname + search)}`);
}
