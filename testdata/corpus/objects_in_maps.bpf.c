// Objects that programs allocate: lists and trees of them in maps, under a lock.
// corpus: v3 clang-19
#include "kernel_types.h"

// As <linux/bpf.h> has them since Linux 6.2 and 6.3.
struct bpf_list_head {
  __u64 opaque[2];
} __attribute__((aligned(8)));
struct bpf_list_node {
  __u64 opaque[3];
} __attribute__((aligned(8)));
struct bpf_rb_root {
  __u64 opaque[2];
} __attribute__((aligned(8)));
struct bpf_rb_node {
  __u64 opaque[4];
} __attribute__((aligned(8)));

#define __contains(name, node) __attribute__((btf_decl_tag("contains:" #name ":" #node)))
#define private(name) SEC(".data." #name) __hidden __attribute__((aligned(8)))

extern void *bpf_obj_new_impl(u64 local_type_id, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *kptr, void *meta) __ksym;
extern int bpf_list_push_front_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta, u64 off) __ksym;
extern struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *head) __ksym;
extern int bpf_rbtree_add_impl(struct bpf_rb_root *root, struct bpf_rb_node *node,
                               bool(less)(struct bpf_rb_node *a, const struct bpf_rb_node *b), void *meta,
                               u64 off) __ksym;
extern struct bpf_rb_node *bpf_rbtree_first(struct bpf_rb_root *root) __ksym;
#define bpf_obj_new(type) ((type *)bpf_obj_new_impl(bpf_core_type_id_local(type), NULL))
#define bpf_obj_drop(kptr) bpf_obj_drop_impl(kptr, NULL)

struct item {
  long key;
  struct bpf_list_node list;
};
struct leaf {
  long key;
  struct bpf_rb_node node;
};
private(lists) struct bpf_spin_lock list_lock;
private(lists) struct bpf_list_head items __contains(item, list);
private(trees) struct bpf_spin_lock tree_lock;
private(trees) struct bpf_rb_root root __contains(leaf, node);

static bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b) {
  return container_of(a, struct leaf, node)->key < container_of(b, struct leaf, node)->key;
}

SEC("tc")
int push_pop(struct __sk_buff *skb) {
  struct item *item = bpf_obj_new(struct item);
  struct bpf_list_node *node;
  if (!item) return 0;
  item->key = skb->len;
  bpf_spin_lock(&list_lock);
  bpf_list_push_front_impl(&items, &item->list, NULL, 0);
  node = bpf_list_pop_front(&items);
  bpf_spin_unlock(&list_lock);
  if (node) {
    item = container_of(node, struct item, list);
    bpf_obj_drop(item);
  }
  return 0;
}
SEC("tc")
int into_tree(struct __sk_buff *skb) {
  struct leaf *leaf = bpf_obj_new(struct leaf);
  if (!leaf) return 0;
  leaf->key = skb->mark;
  bpf_spin_lock(&tree_lock);
  bpf_rbtree_add_impl(&root, &leaf->node, less, NULL, 0);
  bpf_spin_unlock(&tree_lock);
  return 0;
}
SEC("tc")
int forgets(struct __sk_buff *skb) {  // refused
  struct item *item = bpf_obj_new(struct item);
  return item != NULL;
}

char LICENSE[] SEC("license") = "GPL";
