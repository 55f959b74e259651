/*
 * Names for call sites. The dynamic linker knows exported functions only, so the symbol table
 * of the file is looked through, where it is not stripped. Nothing is kept: it is
 * for what is printed.
 */
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <trivet/monitor.h>
#include <unistd.h>

struct file {
	const char *bytes;
	size_t size;
};

static const char *file_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path ? path : "?";
}

/* The linker knows the program by the name it was called by, which need not lead to it any more. */
static const char *path_of(const Dl_info *info)
{
	Dl_info program;
	const void *headers = (const void *)(uintptr_t)getauxval(AT_PHDR); /* NOLINT(performance-no-int-to-ptr) */

	if (dladdr(headers, &program) && program.dli_fbase == info->dli_fbase)
		return "/proc/self/exe";
	return info->dli_fname;
}

static struct file map(const char *path)
{
	struct file file = { NULL, 0 };
	struct stat status;
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);

	if (descriptor < 0)
		return file;
	if (fstat(descriptor, &status) == 0 && status.st_size > 0) {
		void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);

		if (bytes != MAP_FAILED)
			file = (struct file) { bytes, (size_t)status.st_size };
	}
	close(descriptor);
	return file;
}

/* `count` things of `size` bytes at `offset`, or NULL: a file may be anything. */
static const void *part(const struct file *file, uint64_t offset, uint64_t count, size_t size)
{
	if (offset > file->size || count > (file->size - offset) / size || offset % 8)
		return NULL;
	return file->bytes + offset;
}

static const ElfW(Ehdr) * header_of(const struct file *file)
{
	const ElfW(Ehdr) *header = part(file, 0, 1, sizeof(*header));

	if (!header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_shentsize != sizeof(ElfW(Shdr)))
		return NULL;
	return header;
}

static const ElfW(Sym) * find_symbol(const ElfW(Sym) * symbols, size_t count, ElfW(Addr) address)
{
	for (size_t i = 0; i < count; i++)
		if ((symbols[i].st_info & 0xf) == STT_FUNC && symbols[i].st_value <= address &&
		    address - symbols[i].st_value < symbols[i].st_size)
			return &symbols[i];
	return NULL;
}

/* The function's name and how far into it the address lies; NULL where that cannot be told. */
static const char *find_function(const struct file *file, ElfW(Addr) address, size_t *ret_offset)
{
	const ElfW(Ehdr) *header = file->bytes ? header_of(file) : NULL;
	const ElfW(Shdr) *sections = header ? part(file, header->e_shoff, header->e_shnum, sizeof(*sections)) : NULL;

	for (size_t i = 0; sections && i < header->e_shnum; i++) {
		if (sections[i].sh_type != SHT_SYMTAB || sections[i].sh_link >= header->e_shnum)
			continue;
		size_t count = sections[i].sh_size / sizeof(ElfW(Sym));
		const ElfW(Sym) *symbols = part(file, sections[i].sh_offset, count, sizeof(*symbols));
		const ElfW(Sym) *symbol = symbols ? find_symbol(symbols, count, address) : NULL;
		const ElfW(Shdr) *names = &sections[sections[i].sh_link];
		if (!symbol || names->sh_offset > file->size || names->sh_size > file->size - names->sh_offset ||
		    symbol->st_name >= names->sh_size)
			continue;
		const char *name = file->bytes + names->sh_offset + symbol->st_name;
		*ret_offset = (size_t)(address - symbol->st_value);
		return memchr(name, '\0', names->sh_size - symbol->st_name) ? name : NULL;
	}
	return NULL;
}

/* `at` lies within the call. */
static int write_name(const char *at, const Dl_info *info, char *text, size_t size)
{
	const struct link_map *module = NULL;
	Dl_info again;
	size_t offset = 0;
	int length;

	if (!dladdr1(at, &again, (void **)(uintptr_t)&module, RTLD_DL_LINKMAP) || !module)
		return snprintf(text, size, "%s(+0x%tx)", file_name(info->dli_fname),
		                at + 1 - (const char *)info->dli_fbase);
	struct file file = map(path_of(info));
	const char *name = find_function(&file, (ElfW(Addr))(uintptr_t)at - module->l_addr, &offset);
	if (name)
		length = snprintf(text, size, "%s(%s+0x%zx)", file_name(info->dli_fname), name, offset + 1);
	else if (info->dli_sname)
		length = snprintf(text, size, "%s(%s+0x%tx)", file_name(info->dli_fname), info->dli_sname,
		                  at + 1 - (const char *)info->dli_saddr);
	else
		length = snprintf(text, size, "%s(+0x%tx)", file_name(info->dli_fname),
		                  at + 1 - (const char *)info->dli_fbase);
	if (file.bytes)
		munmap((void *)(uintptr_t)file.bytes, file.size);
	return length;
}

size_t trv_site_name(const void *site, char *text, size_t size)
{
	Dl_info info;
	int length;

	if (size == 0)
		return 0;
	text[0] = '\0';
	if (!site)
		return 0;
	/* The site is where the call returns to, which may be past the end of the function. */
	const char *at = (const char *)site - 1;
	length = dladdr(at, &info) ? write_name(at, &info, text, size) : snprintf(text, size, "?(%p)", site);
	return length < 0 ? 0 : (size_t)length < size ? (size_t)length : size - 1;
}
