#include "session/cell.h"

void trv__cell_aim(struct trv_slot *slot, unsigned base, size_t index)
{
	size_t start = index * sizeof(struct trv__cell);

	slot->base = (uint8_t)base;
	slot->flags = TRV_SLOT_NULLABLE;
	slot->offset = (uint32_t)(start + offsetof(struct trv__cell, as));
	slot->has_offset = (uint32_t)(start + offsetof(struct trv__cell, has));
}

struct trv_value trv__cell_value(const struct trv__cell *cell, enum trv_type type)
{
	struct trv_value value = trv_null(type);

	if (!cell->has)
		return value;
	value.null = false;
	switch (type) {
	case TRV_BOOL:
		value.as.boolean = cell->as.boolean;
		break;
	case TRV_INT16:
		value.as.integer = cell->as.int16;
		break;
	case TRV_INT32:
	case TRV_DATE:
	case TRV_ENUM:
		value.as.integer = cell->as.int32;
		break;
	case TRV_FLOAT32:
		value.as.number = cell->as.float32;
		break;
	case TRV_FLOAT64:
		value.as.number = cell->as.float64;
		break;
	case TRV_DECIMAL:
		value.as.decimal = cell->as.decimal;
		break;
	case TRV_TEXT:
	case TRV_JSON:
		value.as.text = cell->as.text;
		break;
	case TRV_BYTES:
		value.as.bytes = cell->as.bytes;
		break;
	case TRV_UUID:
		value.as.uuid = cell->as.uuid;
		break;
	default:
		value.as.integer = cell->as.int64;
	}
	return value;
}
