//! The same rows as CSV and as Parquet are the same stream, with the same faults.

use std::fs::File;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::*;

const SCHEMA: &str = "message rows {
    required int64 timestamp_us;
    optional binary symbol (UTF8); optional binary exchange (UTF8);
    optional double price; optional double volume; optional binary aggressor (UTF8);
    optional double bid; optional double bid_size; optional double ask; optional double ask_size;
}";
const SOUND: &str = "100,ES,GLBX,4800.25,44,N,4800.0,4,4800.25,7";

/// Writes `lines` of CSV, each cell in the type that `schema` has in its place, an empty one as null, in row groups of
/// `group` rows.
fn write(path: &Path, schema: &str, lines: &[&str], group: usize, compression: Compression) {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut writer =
        SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::new(properties)).unwrap();
    for lines in lines.chunks(group) {
        let rows: Vec<Vec<&str>> = lines.iter().map(|line| line.split(',').collect()).collect();
        let mut group = writer.next_row_group().unwrap();
        let mut at = 0;
        while let Some(mut column) = group.next_column().unwrap() {
            let cells = rows.iter().map(|row| row[at]);
            let levels: Vec<i16> = cells.clone().map(|cell| i16::from(!cell.is_empty())).collect();
            let present = cells.filter(|cell| !cell.is_empty());
            match column.untyped() {
                ColumnWriter::Int32ColumnWriter(column) => {
                    let values: Vec<i32> = present.map(|cell| cell.parse().unwrap()).collect();
                    column.write_batch(&values, Some(&levels), None).unwrap();
                }
                ColumnWriter::Int64ColumnWriter(column) => {
                    let values: Vec<i64> = present.map(|cell| cell.parse().unwrap()).collect();
                    column.write_batch(&values, Some(&levels), None).unwrap();
                }
                ColumnWriter::FloatColumnWriter(column) => {
                    let values: Vec<f32> = present.map(|cell| cell.parse().unwrap()).collect();
                    column.write_batch(&values, Some(&levels), None).unwrap();
                }
                ColumnWriter::DoubleColumnWriter(column) => {
                    let values: Vec<f64> = present.map(|cell| cell.parse().unwrap()).collect();
                    column.write_batch(&values, Some(&levels), None).unwrap();
                }
                ColumnWriter::ByteArrayColumnWriter(column) => {
                    let values: Vec<ByteArray> = present.map(ByteArray::from).collect();
                    column.write_batch(&values, Some(&levels), None).unwrap();
                }
                _ => panic!("no such column here"),
            }
            column.close().unwrap();
            at += 1;
        }
        group.close().unwrap();
    }
    writer.close().unwrap();
}

struct Sheet {
    folder: tempfile::TempDir,
}

impl Sheet {
    fn of(schema: &str, lines: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.parquet");
        write(&path, schema, lines, 2, Compression::SNAPPY);
        Self { folder }
    }
    fn open(&self, skip: bool) -> Result<Replay, SourceFailed> {
        let instruments = [instrument("ES", "0.25"), instrument("NQ", "0.25")];
        Replay::open(&self.folder.path().join("rows.parquet"), &instruments, skip)
    }
}

#[test]
fn a_table_gives_the_rows_that_the_same_lines_give() {
    let folder = tempfile::tempdir().unwrap();
    let instruments = [instrument("ALFA", "0.01"), instrument("FOXT", "0.1")];
    let symbols: Vec<Symbol> = instruments.iter().map(|each| each.symbol.clone()).collect();
    let text = folder.path().join("rows.csv");
    // More than a batch in a row group, and more than one group.
    dump(
        &mut Simulator::new(&instruments, 5, 1_000).unwrap(),
        &symbols,
        11_000,
        &text,
    )
    .unwrap();
    let expected = read(&mut Replay::open(&text, &instruments, false).unwrap()).unwrap();
    let lines = std::fs::read_to_string(&text).unwrap();
    let lines: Vec<&str> = lines.lines().skip(1).collect();
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(parquet::basic::GzipLevel::default()),
    ] {
        let path = folder.path().join("rows.parquet");
        write(&path, SCHEMA, &lines, 6_000, compression);
        let mut replay = Replay::open(&path, &instruments, false).unwrap();
        let rows = read(&mut replay).unwrap();
        assert!(rows == expected, "{compression:?}");
        assert_eq!(replay.position(), 11_000);
    }
}

#[test]
fn a_malformed_row_stops_with_file_row_and_reason() {
    for (bad, reason) in [
        ("100,ES,GLBX,,0,Q,1,1,2,1", "aggressor `Q` is none of B, A, N"),
        ("100,ES,GLBX,,0,,nan,1,2,1", "bid `NaN` is not a decimal number"),
        ("100,ES,GLBX,,0,,inf,1,2,1", "bid `inf` is not a decimal number"),
        ("100,ES,GLBX,1e12,1,B,1,1,2,1", "price `1000000000000` is not"),
        ("100,ES,GLBX,,0,,1,,2,1", "bid_size is missing"),
        ("100,ES,GLBX,,,,1,1,2,1", "volume is missing"),
    ] {
        let sheet = Sheet::of(SCHEMA, &[SOUND, SOUND, bad, SOUND]);
        let mut replay = sheet.open(false).unwrap();
        assert!(replay.next_row().unwrap().is_some());
        assert!(replay.next_row().unwrap().is_some());
        let failed = replay.next_row().unwrap_err();
        assert_eq!(failed.place, Place::Row(3), "{bad}");
        assert!(failed.reason.contains(reason), "{bad}: {failed}");
        assert!(failed.to_string().contains("rows.parquet, row 3: "), "{failed}");

        let mut skipping = sheet.open(true).unwrap();
        assert_eq!(read(&mut skipping).unwrap().len(), 3, "{bad}");
        assert_eq!(skipping.faults()[MALFORMED], 1);
        assert_eq!(skipping.position(), 4);
    }
}

#[test]
fn columns_are_found_by_name_and_read_from_any_type_of_number() {
    let schema = "message rows {
        required double other; optional int64 ask_size; optional float ask; optional int32 bid_size;
        optional double bid; optional int32 aggressor (UNKNOWN); optional int32 volume; optional double price;
        optional binary exchange; required binary symbol (ENUM); required int64 timestamp_us (TIMESTAMP(MILLIS,true));
    }";
    let rows = read(
        &mut Sheet::of(schema, &["9,7,4800.25,4,4800,,0,,GLBX,ES,3"])
            .open(false)
            .unwrap(),
    )
    .unwrap();
    let expected = read(&mut Recorded::of(&["3000,ES,GLBX,,0,,4800,4,4800.25,7"]).open(false)).unwrap();
    assert_eq!(rows, expected);

    let nanoseconds = SCHEMA.replace("timestamp_us", "timestamp_us (TIMESTAMP(NANOS,true))");
    let sheet = Sheet::of(
        &nanoseconds,
        &[&SOUND.replace("100", "7000"), &SOUND.replace("100", "7001")],
    );
    let mut replay = sheet.open(false).unwrap();
    assert_eq!(replay.next_row().unwrap().unwrap().event_us, 7);
    let failed = replay.next_row().unwrap_err();
    assert!(
        failed
            .reason
            .contains("`7001` is no whole number of microseconds"),
        "{failed}"
    );
}

#[test]
fn columns_that_are_missing_or_of_another_kind_are_refused() {
    for (column, other, reason) in [
        (
            "optional double bid;",
            "optional double bit;",
            "the column bid is missing",
        ),
        (
            "optional double bid;",
            "optional int64 bid (DECIMAL(9,2));",
            "the column bid has to hold doubles or integers",
        ),
        (
            "optional double bid;",
            "repeated double bid;",
            "the column bid has to hold doubles",
        ),
        (
            "optional binary symbol (UTF8);",
            "optional int32 symbol;",
            "the column symbol has to hold text",
        ),
        (
            "required int64 timestamp_us;",
            "required double timestamp_us;",
            "the column timestamp_us has to hold whole microseconds",
        ),
        (
            "required int64 timestamp_us;",
            "required int32 timestamp_us (DATE);",
            "the column timestamp_us has to hold whole microseconds",
        ),
    ] {
        let failed = Sheet::of(&SCHEMA.replace(column, other), &[])
            .open(false)
            .err()
            .unwrap();
        assert!(failed.reason.contains(reason), "{other}: {failed}");
        assert!(
            failed.to_string().contains("rows.parquet: the column"),
            "{failed}"
        );
    }
}

#[test]
fn a_damaged_table_is_refused_or_stops_the_replay() {
    let sheet = Sheet::of(SCHEMA, &[SOUND; 6]);
    let path = sheet.folder.path().join("rows.parquet");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
    let failed = sheet.open(true).err().unwrap();
    assert!(
        failed.reason.contains("no Parquet file that can be read"),
        "{failed}"
    );
    // The pages of the first row group are rubbish, the footer is whole.
    let mut spoilt = bytes;
    spoilt[4..200].fill(0xff);
    std::fs::write(&path, &spoilt).unwrap();
    let failed = read(&mut sheet.open(true).unwrap()).unwrap_err();
    assert!(
        failed.place == Place::Row(1) && failed.reason.contains("cannot be read on"),
        "{failed}"
    );
}

#[test]
fn a_codec_that_is_not_compiled_in_is_named_with_the_remedy() {
    assert_eq!(table::check_codec(Compression::SNAPPY), Ok(()));
    let reason = table::check_codec(Compression::ZSTD(parquet::basic::ZstdLevel::default())).unwrap_err();
    assert!(
        reason.contains("ZSTD") && reason.contains("snappy, gzip or no"),
        "{reason}"
    );
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => (-3_i64..40_000).prop_map(|quarters| format!("{}", quarters as f64 * 0.25)),
        1 => (0_i64..2_000_000_000).prop_map(|units| format!("{}", units as f64 / 1e9)),
    ]
}

prop_compose! {
    fn line()(
        time in 0_i64..1_000,
        symbol in prop_oneof![Just("ES"), Just("NQ"), Just("YM")],
        trade in prop_oneof![Just(true), Just(false)],
        letter in prop_oneof![Just("A"), Just("B"), Just("N"), Just(""), Just("Q")],
        numbers in proptest::collection::vec(cell(), 6),
        is_empty in proptest::collection::vec(proptest::bool::weighted(0.1), 2),
    ) -> String {
        let [price, volume, bid, bid_size, ask, ask_size] = &numbers[..] else { unreachable!("six") };
        let price = if trade { price } else { "" };
        let [bid, ask] = [(bid, is_empty[0]), (ask, is_empty[1])].map(|(side, none)| if none { "" } else { side });
        format!("{time},{symbol},GLBX,{price},{volume},{letter},{bid},{bid_size},{ask},{ask_size}")
    }
}

proptest! {
    #[test]
    fn a_table_has_the_faults_of_the_same_lines(lines in proptest::collection::vec(line(), 1..40)) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let (sheet, recorded) = (Sheet::of(SCHEMA, &lines), Recorded::of(&lines));
        let (mut table, mut text) = (sheet.open(true).unwrap(), recorded.open(true));
        prop_assert_eq!(read(&mut table).unwrap(), read(&mut text).unwrap());
        prop_assert_eq!(table.faults(), text.faults());
        prop_assert_eq!(table.position(), text.position());
    }
}
