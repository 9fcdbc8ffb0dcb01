/** A member as they were when they wrote. */
export interface Author {
  id: string;
  name: string;
  avatar: string;
}

export interface PostSummary {
  id: string;
  slug: string;
  title: string;
  summary: string;
  cover: string;
  category: string;
  tags: string[];
  featured: boolean;
  visits: number;
  author: Author;
  likes: number;
  comments: number;
  revision: number;
  created_at: string;
  updated_at: string;
}

export interface Post extends PostSummary {
  content: string;
}

export interface NewPost {
  title: string;
  content: string;
  summary?: string;
  cover?: string;
  category?: string;
  tags?: string[];
}
