#include <filesystem>
#include <cstdio>
#include <algorithm>
#include <set>
#include "tests/kernel/corpus/loads.h"
using namespace ebpf; using namespace ebpf::test;
int main(int argc,char**argv){
  auto types = KernelTypes::running();
  std::vector<std::string> files;
  for(int i=1;i<argc;i++){ if(std::filesystem::is_directory(argv[i])) for(auto&f:std::filesystem::recursive_directory_iterator(argv[i])) {if(f.path().extension()==".o") files.push_back(f.path());} else files.push_back(argv[i]);}
  std::sort(files.begin(),files.end());
  int n=0,same=0,loaded=0,refused_both=0;
  for(auto&f:files){
    int e; auto theirs=libbpf_programs(f,e);
    auto spec=CollectionSpec::read_file(f);
    if(!theirs||!spec){ if(!!theirs!=!!spec) printf("OPEN %s ours %s theirs %d\n",f.c_str(),spec?"ok":spec.error().message().c_str(),theirs?0:e); else {printf("open-refused-by-both %s %s\n",f.c_str(),spec.error().message().c_str());} continue;}
    if(theirs->size()!=spec->programs.size()) printf("COUNT %s %zu %zu\n",f.c_str(),spec->programs.size(),theirs->size());
    for(auto&p:*theirs){
      n++;
      auto alone=spec->only(p.name); if(!alone){printf("ONLY %s %s\n",f.c_str(),alone.error().message().c_str());continue;} auto a=we_load(*alone,p.name,*types); std::filesystem::remove("/sys/fs/bpf/corpus_shared"); auto b=libbpf_loads(f,p.name,*alone);
      std::filesystem::remove("/sys/fs/bpf/corpus_shared");
      std::string why;
      auto*sp=&*spec->program(p.name);
      if(sp->autoload!=p.autoload) why+=" autoload";
      if(a.loaded!=b.loaded) why+=" VERDICT ours "+std::to_string(a.loaded)+" theirs "+std::to_string(b.loaded);
      if(a.os_error!=b.os_error) why+=" errno ours "+std::to_string(a.os_error)+" theirs "+std::to_string(b.os_error);
      if(!!a.handed!=!!b.handed) why+=" handed ours "+std::to_string(!!a.handed)+" theirs "+std::to_string(!!b.handed);
      else if(a.handed){auto d=difference(*a.handed,*b.handed); if(!d.empty()) why+=" DIFF "+d;}
      if(why.empty()){same++; (a.loaded?loaded:refused_both)++;} else printf("%s %s [%s]%s || \n",f.c_str(),p.name.c_str(),sp->section.c_str(),why.c_str());
    }
  }
  printf("%zu files, %d programs, %d same, %d loaded, %d refused by both\n",files.size(),n,same,loaded,refused_both);
}
