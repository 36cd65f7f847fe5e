/*
 * Preloaded into conf: answers popen() from a table, so that no shell runs.
 *
 * conf hands every $(shell,...) to popen(), reads up to 4096 bytes and calls
 * pclose(). This library replaces the two calls.
 *
 * KFEAT_SHELL_ANSWERS  file with pairs "command\0output\0" to answer from
 * KFEAT_SHELL_RECORD   file to which a pair is appended for every command that
 *                      the table lacks; such a command is run
 *
 * Without KFEAT_SHELL_RECORD, an unknown command ends the program with status
 * 97: a run that claims to use recorded answers must not run anything.
 *
 * KFEAT_SERVE          name of a file: when conf opens it for reading, which is
 *                      after the Kconfig files have been read, the process
 *                      becomes a server. For every line with the name of a
 *                      directory on standard input it forks; the child goes on
 *                      in that directory, its output in the files "stdout" and
 *                      "stderr" there; the server prints its wait status.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT 4096 /* conf reads no more than this from a command */

static char *table, *table_end;
static const char *record_path, *serve_name;

__attribute__((constructor)) static void load(void)
{
	const char *path = getenv("KFEAT_SHELL_ANSWERS");
	struct stat st;
	int fd;

	record_path = getenv("KFEAT_SHELL_RECORD");
	serve_name = getenv("KFEAT_SERVE");
	/* The commands that are run must not see this library. */
	unsetenv("LD_PRELOAD");
	if (!path)
		return;
	fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st))
		_exit(98);
	table = malloc(st.st_size + 1);
	if (!table)
		_exit(98);
	table_end = table;
	while (table_end < table + st.st_size) {
		ssize_t got = read(fd, table_end, table + st.st_size - table_end);

		if (got <= 0)
			_exit(98);
		table_end += got;
	}
	*table_end = 0;
	close(fd);
}

static FILE *serve(const char *bytes, size_t length)
{
	char *copy;

	if (!length)
		return fopen("/dev/null", "r");
	/* Never freed: conf is a short-lived program. */
	copy = malloc(length);
	if (!copy)
		return NULL;
	memcpy(copy, bytes, length);
	return fmemopen(copy, length, "r");
}

FILE *popen(const char *command, const char *type)
{
	FILE *(*real_popen)(const char *, const char *);
	int (*real_pclose)(FILE *);
	char buffer[LIMIT];
	size_t length;
	char *entry;
	FILE *pipe, *record;

	for (entry = table; entry && entry < table_end;) {
		char *output = entry + strlen(entry) + 1;

		if (!strcmp(entry, command))
			return serve(output, strlen(output));
		entry = output + strlen(output) + 1;
	}
	if (!record_path) {
		fprintf(stderr, "shell answers lack: %s\n", command);
		fflush(NULL);
		_exit(97);
	}
	real_popen = dlsym(RTLD_NEXT, "popen");
	real_pclose = dlsym(RTLD_NEXT, "pclose");
	pipe = real_popen(command, type);
	if (!pipe)
		return NULL;
	length = fread(buffer, 1, LIMIT, pipe);
	real_pclose(pipe);
	if (length == LIMIT)
		length--;
	record = fopen(record_path, "a");
	if (!record)
		_exit(98);
	fwrite(command, 1, strlen(command) + 1, record);
	fwrite(buffer, 1, length, record);
	fputc(0, record);
	fclose(record);
	return serve(buffer, length);
}

int pclose(FILE *stream)
{
	fclose(stream);
	return 0;
}

/* Returns in the children alone. */
static void become_server(void)
{
	char line[4096];
	FILE *answer = fdopen(dup(1), "w");

	if (!answer)
		_exit(98);
	while (fgets(line, sizeof(line), stdin)) {
		int status;
		pid_t pid;

		line[strcspn(line, "\n")] = 0;
		pid = fork();
		if (pid < 0)
			_exit(98);
		if (!pid) {
			if (chdir(line) || !freopen("stdout", "w", stdout) ||
			    !freopen("stderr", "w", stderr))
				_exit(98);
			/* A configuration takes a second at most. */
			alarm(120);
			return;
		}
		if (waitpid(pid, &status, 0) != pid)
			_exit(98);
		fprintf(answer, "%d\n", status);
		fflush(answer);
	}
	_exit(0);
}

FILE *fopen(const char *name, const char *mode)
{
	static FILE *(*real_fopen)(const char *, const char *);

	if (!real_fopen)
		real_fopen = dlsym(RTLD_NEXT, "fopen");
	if (serve_name && !strcmp(name, serve_name)) {
		serve_name = NULL;
		become_server();
	}
	return real_fopen(name, mode);
}
