# Trivet for make:
#
#     include $(shell pkg-config --variable=makefile trivet)
#     CFLAGS += $(TRIVET_CFLAGS)
#     hello: hello.o notes.trv.o
#     	$(CC) -o $@ $^ $(TRIVET_LIBS)
#     hello.o: notes.trv.h
#
# notes.trv.h and notes.trv.c are made from notes.trv, again when it or a schema that it
# includes has changed. TRIVET_FLAGS is for options of `trivet generate`, as -I DIR.

trivet_goal := $(.DEFAULT_GOAL)

ifndef TRIVET
TRIVET := $(shell pkg-config --variable=trivet trivet)
endif
TRIVET_CFLAGS := $(shell pkg-config --cflags trivet)
TRIVET_LIBS := $(shell pkg-config --libs trivet)

# The generator leaves a file alone that would not change; make wants it newer all the same.
%.trv.h %.trv.c: %.trv
	$(TRIVET) generate $(TRIVET_FLAGS) $< -o $(@D) --depfile $*.trv.d
	@touch $*.trv.h $*.trv.c

# Schemas are not made of anything: without this, make would link notes.trv from notes.trv.o.
%.trv: ;

.PRECIOUS: %.trv.h %.trv.c

-include $(wildcard *.trv.d)

# The targets of those files are not what `make` alone is to make.
.DEFAULT_GOAL := $(trivet_goal)
