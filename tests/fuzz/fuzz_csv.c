/*
 * Fuzz: the CSV reader and what stands on it. Whatever the file holds, a record keeps its bounds,
 * what is read good is written and read again the same, and people_read ends.
 */
#include "common/csv.h"
#include "controller/ctl/people.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_bounds(const struct csv_record *record)
{
        size_t len = 0;
        assert(record->row > 0 && record->fields > 0 && record->fields <= CSV_FIELDS_MAX);
        for (size_t i = 0; i < record->fields; i++)
                len += strlen(record->field[i]);
        assert(len <= CSV_RECORD_MAX);
        assert(!record->fault || record->fault_field <= record->fields);
}

/* Fields that are written come back, whatever they hold. */
static void check_round_trip(struct csv_record *record, FILE *scratch)
{
        struct csv_reader reader;
        struct csv_record again;
        rewind(scratch);
        for (size_t i = 0; i < record->fields; i++)
                csv_write_field(scratch, record->field[i], i == 0);
        csv_write_end(scratch);
        fputs("end\r\n", scratch);
        rewind(scratch);
        if (csv_reader_init(&reader, scratch) != 0)
                return;
        reader.row = 1; /* a byte order mark is text here */
        assert(csv_read(&reader, &again) == 1 && !again.fault);
        assert(again.fields == record->fields);
        for (size_t i = 0; i < record->fields; i++)
                assert(strcmp(csv_plain(again.field[i]), record->field[i]) == 0);
        csv_reader_deinit(&reader);
}

static void read_records(FILE *file, FILE *scratch)
{
        struct csv_reader reader;
        struct csv_record record;
        size_t row = 0;
        if (csv_reader_init(&reader, file) != 0)
                return;
        while (csv_read(&reader, &record) == 1) {
                check_bounds(&record);
                assert(record.row > row);
                row = record.row;
                if (!record.fault)
                        check_round_trip(&record, scratch);
        }
        csv_reader_deinit(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static char scratch_bytes[4 * CSV_RECORD_MAX];
        struct people people = PEOPLE_NONE;
        FILE *file = size > 0 ? fmemopen((void *)data, size, "r") : NULL;
        FILE *scratch = fmemopen(scratch_bytes, sizeof(scratch_bytes), "w+");
        FILE *complaints = fopen("/dev/null", "we");
        if (file && scratch && complaints) {
                read_records(file, scratch);
                rewind(file);
                if (people_read(file, "people.csv", complaints, &people) == 0)
                        people_deinit(&people);
        }
        if (file)
                fclose(file);
        if (scratch)
                fclose(scratch);
        if (complaints)
                fclose(complaints);
        return 0;
}
