from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class MarketData(_message.Message):
    __slots__ = ("symbol", "price", "volume", "timestamp_us", "exchange", "bid", "ask", "bid_size", "ask_size", "aggressor", "epoch", "sequence", "published_us")
    class Aggressor(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        AGGRESSOR_UNSPECIFIED: _ClassVar[MarketData.Aggressor]
        BUYER: _ClassVar[MarketData.Aggressor]
        SELLER: _ClassVar[MarketData.Aggressor]
        NONE: _ClassVar[MarketData.Aggressor]
    AGGRESSOR_UNSPECIFIED: MarketData.Aggressor
    BUYER: MarketData.Aggressor
    SELLER: MarketData.Aggressor
    NONE: MarketData.Aggressor
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_US_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    BID_FIELD_NUMBER: _ClassVar[int]
    ASK_FIELD_NUMBER: _ClassVar[int]
    BID_SIZE_FIELD_NUMBER: _ClassVar[int]
    ASK_SIZE_FIELD_NUMBER: _ClassVar[int]
    AGGRESSOR_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_US_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    price: float
    volume: float
    timestamp_us: int
    exchange: str
    bid: float
    ask: float
    bid_size: float
    ask_size: float
    aggressor: MarketData.Aggressor
    epoch: int
    sequence: int
    published_us: int
    def __init__(self, symbol: _Optional[str] = ..., price: _Optional[float] = ..., volume: _Optional[float] = ..., timestamp_us: _Optional[int] = ..., exchange: _Optional[str] = ..., bid: _Optional[float] = ..., ask: _Optional[float] = ..., bid_size: _Optional[float] = ..., ask_size: _Optional[float] = ..., aggressor: _Optional[_Union[MarketData.Aggressor, str]] = ..., epoch: _Optional[int] = ..., sequence: _Optional[int] = ..., published_us: _Optional[int] = ...) -> None: ...

class TradingSignal(_message.Message):
    __slots__ = ("symbol", "signal", "confidence", "timestamp_us", "features", "model_version", "model_hash", "latency_ns", "market_published_us", "market_sequence", "epoch", "sequence", "published_us")
    class Signal(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        SIGNAL_UNSPECIFIED: _ClassVar[TradingSignal.Signal]
        HOLD: _ClassVar[TradingSignal.Signal]
        BUY: _ClassVar[TradingSignal.Signal]
        SELL: _ClassVar[TradingSignal.Signal]
    SIGNAL_UNSPECIFIED: TradingSignal.Signal
    HOLD: TradingSignal.Signal
    BUY: TradingSignal.Signal
    SELL: TradingSignal.Signal
    class FeaturesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_US_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    MODEL_HASH_FIELD_NUMBER: _ClassVar[int]
    LATENCY_NS_FIELD_NUMBER: _ClassVar[int]
    MARKET_PUBLISHED_US_FIELD_NUMBER: _ClassVar[int]
    MARKET_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_US_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    signal: TradingSignal.Signal
    confidence: float
    timestamp_us: int
    features: _containers.ScalarMap[str, float]
    model_version: str
    model_hash: str
    latency_ns: int
    market_published_us: int
    market_sequence: int
    epoch: int
    sequence: int
    published_us: int
    def __init__(self, symbol: _Optional[str] = ..., signal: _Optional[_Union[TradingSignal.Signal, str]] = ..., confidence: _Optional[float] = ..., timestamp_us: _Optional[int] = ..., features: _Optional[_Mapping[str, float]] = ..., model_version: _Optional[str] = ..., model_hash: _Optional[str] = ..., latency_ns: _Optional[int] = ..., market_published_us: _Optional[int] = ..., market_sequence: _Optional[int] = ..., epoch: _Optional[int] = ..., sequence: _Optional[int] = ..., published_us: _Optional[int] = ...) -> None: ...

class Order(_message.Message):
    __slots__ = ("order_id", "client_order_id", "symbol", "side", "quantity", "price", "type", "status", "timestamp_us", "rejection_reason", "filled_quantity", "avg_fill_price", "epoch", "sequence", "published_us", "model_hash", "signal_sequence", "intent_us", "valid_until_us", "stop_price", "origin", "reduces", "limits_version", "model_version", "command_id", "decision_price", "market_published_us", "signal_published_us", "accepted_us", "signal_epoch")
    class Side(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        SIDE_UNSPECIFIED: _ClassVar[Order.Side]
        BUY: _ClassVar[Order.Side]
        SELL: _ClassVar[Order.Side]
    SIDE_UNSPECIFIED: Order.Side
    BUY: Order.Side
    SELL: Order.Side
    class Type(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        TYPE_UNSPECIFIED: _ClassVar[Order.Type]
        MARKET: _ClassVar[Order.Type]
        LIMIT: _ClassVar[Order.Type]
        STOP: _ClassVar[Order.Type]
        STOP_LIMIT: _ClassVar[Order.Type]
    TYPE_UNSPECIFIED: Order.Type
    MARKET: Order.Type
    LIMIT: Order.Type
    STOP: Order.Type
    STOP_LIMIT: Order.Type
    class Status(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATUS_UNSPECIFIED: _ClassVar[Order.Status]
        CREATED: _ClassVar[Order.Status]
        SUBMITTED: _ClassVar[Order.Status]
        PARTIALLY_FILLED: _ClassVar[Order.Status]
        FILLED: _ClassVar[Order.Status]
        CANCELLED: _ClassVar[Order.Status]
        REJECTED: _ClassVar[Order.Status]
        UNKNOWN: _ClassVar[Order.Status]
    STATUS_UNSPECIFIED: Order.Status
    CREATED: Order.Status
    SUBMITTED: Order.Status
    PARTIALLY_FILLED: Order.Status
    FILLED: Order.Status
    CANCELLED: Order.Status
    REJECTED: Order.Status
    UNKNOWN: Order.Status
    class Origin(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ORIGIN_UNSPECIFIED: _ClassVar[Order.Origin]
        STRATEGY: _ClassVar[Order.Origin]
        OPERATOR: _ClassVar[Order.Origin]
    ORIGIN_UNSPECIFIED: Order.Origin
    STRATEGY: Order.Origin
    OPERATOR: Order.Origin
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_US_FIELD_NUMBER: _ClassVar[int]
    REJECTION_REASON_FIELD_NUMBER: _ClassVar[int]
    FILLED_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    AVG_FILL_PRICE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_US_FIELD_NUMBER: _ClassVar[int]
    MODEL_HASH_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    INTENT_US_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_US_FIELD_NUMBER: _ClassVar[int]
    STOP_PRICE_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    REDUCES_FIELD_NUMBER: _ClassVar[int]
    LIMITS_VERSION_FIELD_NUMBER: _ClassVar[int]
    MODEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    DECISION_PRICE_FIELD_NUMBER: _ClassVar[int]
    MARKET_PUBLISHED_US_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_PUBLISHED_US_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_US_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_EPOCH_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    client_order_id: str
    symbol: str
    side: Order.Side
    quantity: float
    price: float
    type: Order.Type
    status: Order.Status
    timestamp_us: int
    rejection_reason: str
    filled_quantity: float
    avg_fill_price: float
    epoch: int
    sequence: int
    published_us: int
    model_hash: str
    signal_sequence: int
    intent_us: int
    valid_until_us: int
    stop_price: float
    origin: Order.Origin
    reduces: bool
    limits_version: int
    model_version: str
    command_id: str
    decision_price: float
    market_published_us: int
    signal_published_us: int
    accepted_us: int
    signal_epoch: int
    def __init__(self, order_id: _Optional[str] = ..., client_order_id: _Optional[str] = ..., symbol: _Optional[str] = ..., side: _Optional[_Union[Order.Side, str]] = ..., quantity: _Optional[float] = ..., price: _Optional[float] = ..., type: _Optional[_Union[Order.Type, str]] = ..., status: _Optional[_Union[Order.Status, str]] = ..., timestamp_us: _Optional[int] = ..., rejection_reason: _Optional[str] = ..., filled_quantity: _Optional[float] = ..., avg_fill_price: _Optional[float] = ..., epoch: _Optional[int] = ..., sequence: _Optional[int] = ..., published_us: _Optional[int] = ..., model_hash: _Optional[str] = ..., signal_sequence: _Optional[int] = ..., intent_us: _Optional[int] = ..., valid_until_us: _Optional[int] = ..., stop_price: _Optional[float] = ..., origin: _Optional[_Union[Order.Origin, str]] = ..., reduces: _Optional[bool] = ..., limits_version: _Optional[int] = ..., model_version: _Optional[str] = ..., command_id: _Optional[str] = ..., decision_price: _Optional[float] = ..., market_published_us: _Optional[int] = ..., signal_published_us: _Optional[int] = ..., accepted_us: _Optional[int] = ..., signal_epoch: _Optional[int] = ...) -> None: ...

class Fill(_message.Message):
    __slots__ = ("execution_id", "client_order_id", "order_id", "symbol", "side", "quantity", "price", "fee", "timestamp_us", "maker", "venue_sequence", "decision_price", "epoch", "sequence", "published_us")
    EXECUTION_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    FEE_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_US_FIELD_NUMBER: _ClassVar[int]
    MAKER_FIELD_NUMBER: _ClassVar[int]
    VENUE_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    DECISION_PRICE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_US_FIELD_NUMBER: _ClassVar[int]
    execution_id: str
    client_order_id: str
    order_id: str
    symbol: str
    side: Order.Side
    quantity: float
    price: float
    fee: float
    timestamp_us: int
    maker: bool
    venue_sequence: int
    decision_price: float
    epoch: int
    sequence: int
    published_us: int
    def __init__(self, execution_id: _Optional[str] = ..., client_order_id: _Optional[str] = ..., order_id: _Optional[str] = ..., symbol: _Optional[str] = ..., side: _Optional[_Union[Order.Side, str]] = ..., quantity: _Optional[float] = ..., price: _Optional[float] = ..., fee: _Optional[float] = ..., timestamp_us: _Optional[int] = ..., maker: _Optional[bool] = ..., venue_sequence: _Optional[int] = ..., decision_price: _Optional[float] = ..., epoch: _Optional[int] = ..., sequence: _Optional[int] = ..., published_us: _Optional[int] = ...) -> None: ...

class Position(_message.Message):
    __slots__ = ("symbol", "quantity", "avg_cost", "current_price", "unrealized_pnl", "realized_pnl", "last_updated_us", "marked", "marked_us", "fees", "multiplier", "epoch", "sequence", "published_us")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    AVG_COST_FIELD_NUMBER: _ClassVar[int]
    CURRENT_PRICE_FIELD_NUMBER: _ClassVar[int]
    UNREALIZED_PNL_FIELD_NUMBER: _ClassVar[int]
    REALIZED_PNL_FIELD_NUMBER: _ClassVar[int]
    LAST_UPDATED_US_FIELD_NUMBER: _ClassVar[int]
    MARKED_FIELD_NUMBER: _ClassVar[int]
    MARKED_US_FIELD_NUMBER: _ClassVar[int]
    FEES_FIELD_NUMBER: _ClassVar[int]
    MULTIPLIER_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_US_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    quantity: float
    avg_cost: float
    current_price: float
    unrealized_pnl: float
    realized_pnl: float
    last_updated_us: int
    marked: bool
    marked_us: int
    fees: float
    multiplier: float
    epoch: int
    sequence: int
    published_us: int
    def __init__(self, symbol: _Optional[str] = ..., quantity: _Optional[float] = ..., avg_cost: _Optional[float] = ..., current_price: _Optional[float] = ..., unrealized_pnl: _Optional[float] = ..., realized_pnl: _Optional[float] = ..., last_updated_us: _Optional[int] = ..., marked: _Optional[bool] = ..., marked_us: _Optional[int] = ..., fees: _Optional[float] = ..., multiplier: _Optional[float] = ..., epoch: _Optional[int] = ..., sequence: _Optional[int] = ..., published_us: _Optional[int] = ...) -> None: ...

class Gate(_message.Message):
    __slots__ = ("kind", "symbol", "closed_by", "reason", "since_us", "opens_when")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Gate.Kind]
        OPERATOR_PAUSE: _ClassVar[Gate.Kind]
        KILL_LATCH: _ClassVar[Gate.Kind]
        LOSS_LIMIT: _ClassVar[Gate.Kind]
        STALE_MARKET_DATA: _ClassVar[Gate.Kind]
        HEARTBEAT_LOST: _ClassVar[Gate.Kind]
        RECONCILIATION_BREAK: _ClassVar[Gate.Kind]
        STORE_BEHIND: _ClassVar[Gate.Kind]
        VENUE_LOST: _ClassVar[Gate.Kind]
        MODEL_MISSING: _ClassVar[Gate.Kind]
        SESSION_CLOSED: _ClassVar[Gate.Kind]
        CLOCK_OFF: _ClassVar[Gate.Kind]
    KIND_UNSPECIFIED: Gate.Kind
    OPERATOR_PAUSE: Gate.Kind
    KILL_LATCH: Gate.Kind
    LOSS_LIMIT: Gate.Kind
    STALE_MARKET_DATA: Gate.Kind
    HEARTBEAT_LOST: Gate.Kind
    RECONCILIATION_BREAK: Gate.Kind
    STORE_BEHIND: Gate.Kind
    VENUE_LOST: Gate.Kind
    MODEL_MISSING: Gate.Kind
    SESSION_CLOSED: Gate.Kind
    CLOCK_OFF: Gate.Kind
    KIND_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    CLOSED_BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SINCE_US_FIELD_NUMBER: _ClassVar[int]
    OPENS_WHEN_FIELD_NUMBER: _ClassVar[int]
    kind: Gate.Kind
    symbol: str
    closed_by: str
    reason: str
    since_us: int
    opens_when: str
    def __init__(self, kind: _Optional[_Union[Gate.Kind, str]] = ..., symbol: _Optional[str] = ..., closed_by: _Optional[str] = ..., reason: _Optional[str] = ..., since_us: _Optional[int] = ..., opens_when: _Optional[str] = ...) -> None: ...

class KillStage(_message.Message):
    __slots__ = ("command_id", "symbol", "stage", "at_us", "open_before", "open_after", "unresolved", "residual", "operator", "reason", "detail", "cancelled_unknown")
    class Stage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STAGE_UNSPECIFIED: _ClassVar[KillStage.Stage]
        LATCHED: _ClassVar[KillStage.Stage]
        CANCELLING: _ClassVar[KillStage.Stage]
        VERIFIED: _ClassVar[KillStage.Stage]
        RESIDUAL: _ClassVar[KillStage.Stage]
        REARMED: _ClassVar[KillStage.Stage]
    STAGE_UNSPECIFIED: KillStage.Stage
    LATCHED: KillStage.Stage
    CANCELLING: KillStage.Stage
    VERIFIED: KillStage.Stage
    RESIDUAL: KillStage.Stage
    REARMED: KillStage.Stage
    class Unresolved(_message.Message):
        __slots__ = ("client_order_id", "reason")
        CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
        REASON_FIELD_NUMBER: _ClassVar[int]
        client_order_id: str
        reason: str
        def __init__(self, client_order_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    AT_US_FIELD_NUMBER: _ClassVar[int]
    OPEN_BEFORE_FIELD_NUMBER: _ClassVar[int]
    OPEN_AFTER_FIELD_NUMBER: _ClassVar[int]
    UNRESOLVED_FIELD_NUMBER: _ClassVar[int]
    RESIDUAL_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    command_id: str
    symbol: str
    stage: KillStage.Stage
    at_us: int
    open_before: int
    open_after: int
    unresolved: _containers.RepeatedCompositeFieldContainer[KillStage.Unresolved]
    residual: _containers.RepeatedCompositeFieldContainer[Position]
    operator: str
    reason: str
    detail: str
    cancelled_unknown: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, command_id: _Optional[str] = ..., symbol: _Optional[str] = ..., stage: _Optional[_Union[KillStage.Stage, str]] = ..., at_us: _Optional[int] = ..., open_before: _Optional[int] = ..., open_after: _Optional[int] = ..., unresolved: _Optional[_Iterable[_Union[KillStage.Unresolved, _Mapping]]] = ..., residual: _Optional[_Iterable[_Union[Position, _Mapping]]] = ..., operator: _Optional[str] = ..., reason: _Optional[str] = ..., detail: _Optional[str] = ..., cancelled_unknown: _Optional[_Iterable[str]] = ...) -> None: ...

class TradingState(_message.Message):
    __slots__ = ("desk_paused", "paused_symbols", "desk_killed", "killed_symbols", "gates", "limits_version", "kills", "venue", "breaks", "venue_orders", "more_breaks")
    DESK_PAUSED_FIELD_NUMBER: _ClassVar[int]
    PAUSED_SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    DESK_KILLED_FIELD_NUMBER: _ClassVar[int]
    KILLED_SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    GATES_FIELD_NUMBER: _ClassVar[int]
    LIMITS_VERSION_FIELD_NUMBER: _ClassVar[int]
    KILLS_FIELD_NUMBER: _ClassVar[int]
    VENUE_FIELD_NUMBER: _ClassVar[int]
    BREAKS_FIELD_NUMBER: _ClassVar[int]
    VENUE_ORDERS_FIELD_NUMBER: _ClassVar[int]
    MORE_BREAKS_FIELD_NUMBER: _ClassVar[int]
    desk_paused: bool
    paused_symbols: _containers.RepeatedScalarFieldContainer[str]
    desk_killed: bool
    killed_symbols: _containers.RepeatedScalarFieldContainer[str]
    gates: _containers.RepeatedCompositeFieldContainer[Gate]
    limits_version: int
    kills: _containers.RepeatedCompositeFieldContainer[KillStage]
    venue: str
    breaks: _containers.RepeatedCompositeFieldContainer[Break]
    venue_orders: int
    more_breaks: int
    def __init__(self, desk_paused: _Optional[bool] = ..., paused_symbols: _Optional[_Iterable[str]] = ..., desk_killed: _Optional[bool] = ..., killed_symbols: _Optional[_Iterable[str]] = ..., gates: _Optional[_Iterable[_Union[Gate, _Mapping]]] = ..., limits_version: _Optional[int] = ..., kills: _Optional[_Iterable[_Union[KillStage, _Mapping]]] = ..., venue: _Optional[str] = ..., breaks: _Optional[_Iterable[_Union[Break, _Mapping]]] = ..., venue_orders: _Optional[int] = ..., more_breaks: _Optional[int] = ...) -> None: ...

class Break(_message.Message):
    __slots__ = ("id", "symbol", "kind", "desk", "store", "venue", "since_us", "state", "detail", "actions", "decided_by", "reason", "decided_us", "execution", "order")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Break.Kind]
        ORDER: _ClassVar[Break.Kind]
        FILL: _ClassVar[Break.Kind]
        POSITION: _ClassVar[Break.Kind]
    KIND_UNSPECIFIED: Break.Kind
    ORDER: Break.Kind
    FILL: Break.Kind
    POSITION: Break.Kind
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Break.State]
        OPEN: _ClassVar[Break.State]
        ADOPTED: _ClassVar[Break.State]
        FLATTENING: _ClassVar[Break.State]
        IGNORED: _ClassVar[Break.State]
        RESOLVED: _ClassVar[Break.State]
    STATE_UNSPECIFIED: Break.State
    OPEN: Break.State
    ADOPTED: Break.State
    FLATTENING: Break.State
    IGNORED: Break.State
    RESOLVED: Break.State
    class Action(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ACTION_UNSPECIFIED: _ClassVar[Break.Action]
        ADOPT: _ClassVar[Break.Action]
        FLATTEN: _ClassVar[Break.Action]
        IGNORE: _ClassVar[Break.Action]
    ACTION_UNSPECIFIED: Break.Action
    ADOPT: Break.Action
    FLATTEN: Break.Action
    IGNORE: Break.Action
    ID_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    DESK_FIELD_NUMBER: _ClassVar[int]
    STORE_FIELD_NUMBER: _ClassVar[int]
    VENUE_FIELD_NUMBER: _ClassVar[int]
    SINCE_US_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    DECIDED_BY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DECIDED_US_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    id: str
    symbol: str
    kind: Break.Kind
    desk: float
    store: float
    venue: float
    since_us: int
    state: Break.State
    detail: str
    actions: _containers.RepeatedScalarFieldContainer[Break.Action]
    decided_by: str
    reason: str
    decided_us: int
    execution: Fill
    order: Order
    def __init__(self, id: _Optional[str] = ..., symbol: _Optional[str] = ..., kind: _Optional[_Union[Break.Kind, str]] = ..., desk: _Optional[float] = ..., store: _Optional[float] = ..., venue: _Optional[float] = ..., since_us: _Optional[int] = ..., state: _Optional[_Union[Break.State, str]] = ..., detail: _Optional[str] = ..., actions: _Optional[_Iterable[_Union[Break.Action, str]]] = ..., decided_by: _Optional[str] = ..., reason: _Optional[str] = ..., decided_us: _Optional[int] = ..., execution: _Optional[_Union[Fill, _Mapping]] = ..., order: _Optional[_Union[Order, _Mapping]] = ...) -> None: ...

class CommandProgress(_message.Message):
    __slots__ = ("command_id", "type", "symbol", "state", "reason", "until_us", "orders", "break_id", "side", "quantity", "mass")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[CommandProgress.State]
        WORKING: _ClassVar[CommandProgress.State]
        DONE: _ClassVar[CommandProgress.State]
        GIVEN_UP: _ClassVar[CommandProgress.State]
    STATE_UNSPECIFIED: CommandProgress.State
    WORKING: CommandProgress.State
    DONE: CommandProgress.State
    GIVEN_UP: CommandProgress.State
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    UNTIL_US_FIELD_NUMBER: _ClassVar[int]
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    BREAK_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    MASS_FIELD_NUMBER: _ClassVar[int]
    command_id: str
    type: StrategyCommand.Type
    symbol: str
    state: CommandProgress.State
    reason: str
    until_us: int
    orders: _containers.RepeatedScalarFieldContainer[str]
    break_id: str
    side: Order.Side
    quantity: float
    mass: bool
    def __init__(self, command_id: _Optional[str] = ..., type: _Optional[_Union[StrategyCommand.Type, str]] = ..., symbol: _Optional[str] = ..., state: _Optional[_Union[CommandProgress.State, str]] = ..., reason: _Optional[str] = ..., until_us: _Optional[int] = ..., orders: _Optional[_Iterable[str]] = ..., break_id: _Optional[str] = ..., side: _Optional[_Union[Order.Side, str]] = ..., quantity: _Optional[float] = ..., mass: _Optional[bool] = ...) -> None: ...

class ExecutionEvent(_message.Message):
    __slots__ = ("order", "fill", "position", "state", "kill", "command", "reconciliation", "progress", "at_us", "epoch", "sequence", "published_us")
    ORDER_FIELD_NUMBER: _ClassVar[int]
    FILL_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    KILL_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    RECONCILIATION_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    AT_US_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_US_FIELD_NUMBER: _ClassVar[int]
    order: Order
    fill: Fill
    position: Position
    state: TradingState
    kill: KillStage
    command: CommandRecord
    reconciliation: Break
    progress: CommandProgress
    at_us: int
    epoch: int
    sequence: int
    published_us: int
    def __init__(self, order: _Optional[_Union[Order, _Mapping]] = ..., fill: _Optional[_Union[Fill, _Mapping]] = ..., position: _Optional[_Union[Position, _Mapping]] = ..., state: _Optional[_Union[TradingState, _Mapping]] = ..., kill: _Optional[_Union[KillStage, _Mapping]] = ..., command: _Optional[_Union[CommandRecord, _Mapping]] = ..., reconciliation: _Optional[_Union[Break, _Mapping]] = ..., progress: _Optional[_Union[CommandProgress, _Mapping]] = ..., at_us: _Optional[int] = ..., epoch: _Optional[int] = ..., sequence: _Optional[int] = ..., published_us: _Optional[int] = ...) -> None: ...

class Denial(_message.Message):
    __slots__ = ("check", "limit", "value", "reason", "gate")
    class Check(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CHECK_UNSPECIFIED: _ClassVar[Denial.Check]
        ORDER_QUANTITY: _ClassVar[Denial.Check]
        ORDER_NOTIONAL: _ClassVar[Denial.Check]
        PRICE_COLLAR: _ClassVar[Denial.Check]
        POSITION: _ClassVar[Denial.Check]
        GROSS_EXPOSURE: _ClassVar[Denial.Check]
        OPEN_POSITIONS: _ClassVar[Denial.Check]
        DAILY_LOSS: _ClassVar[Denial.Check]
        MESSAGE_RATE: _ClassVar[Denial.Check]
        STALE_DATA: _ClassVar[Denial.Check]
        GATE_CLOSED: _ClassVar[Denial.Check]
        DUPLICATE_ORDER: _ClassVar[Denial.Check]
        TICK_SIZE: _ClassVar[Denial.Check]
        LOT_SIZE: _ClassVar[Denial.Check]
        WOULD_FLIP: _ClassVar[Denial.Check]
        UNKNOWN_INSTRUMENT: _ClassVar[Denial.Check]
        NO_REFERENCE_PRICE: _ClassVar[Denial.Check]
        NET_EXPOSURE: _ClassVar[Denial.Check]
        EXPIRED: _ClassVar[Denial.Check]
        LIMITS_OUTDATED: _ClassVar[Denial.Check]
        CONCENTRATION: _ClassVar[Denial.Check]
        DRAWDOWN: _ClassVar[Denial.Check]
        LOSS_STREAK: _ClassVar[Denial.Check]
        REPEATED_EXECUTIONS: _ClassVar[Denial.Check]
        RESTRICTED: _ClassVar[Denial.Check]
        SELF_MATCH: _ClassVar[Denial.Check]
    CHECK_UNSPECIFIED: Denial.Check
    ORDER_QUANTITY: Denial.Check
    ORDER_NOTIONAL: Denial.Check
    PRICE_COLLAR: Denial.Check
    POSITION: Denial.Check
    GROSS_EXPOSURE: Denial.Check
    OPEN_POSITIONS: Denial.Check
    DAILY_LOSS: Denial.Check
    MESSAGE_RATE: Denial.Check
    STALE_DATA: Denial.Check
    GATE_CLOSED: Denial.Check
    DUPLICATE_ORDER: Denial.Check
    TICK_SIZE: Denial.Check
    LOT_SIZE: Denial.Check
    WOULD_FLIP: Denial.Check
    UNKNOWN_INSTRUMENT: Denial.Check
    NO_REFERENCE_PRICE: Denial.Check
    NET_EXPOSURE: Denial.Check
    EXPIRED: Denial.Check
    LIMITS_OUTDATED: Denial.Check
    CONCENTRATION: Denial.Check
    DRAWDOWN: Denial.Check
    LOSS_STREAK: Denial.Check
    REPEATED_EXECUTIONS: Denial.Check
    RESTRICTED: Denial.Check
    SELF_MATCH: Denial.Check
    CHECK_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    GATE_FIELD_NUMBER: _ClassVar[int]
    check: Denial.Check
    limit: float
    value: float
    reason: str
    gate: Gate.Kind
    def __init__(self, check: _Optional[_Union[Denial.Check, str]] = ..., limit: _Optional[float] = ..., value: _Optional[float] = ..., reason: _Optional[str] = ..., gate: _Optional[_Union[Gate.Kind, str]] = ...) -> None: ...

class RiskDecision(_message.Message):
    __slots__ = ("outcome", "signal", "order", "denial", "reason")
    class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        OUTCOME_UNSPECIFIED: _ClassVar[RiskDecision.Outcome]
        APPROVED: _ClassVar[RiskDecision.Outcome]
        DENIED: _ClassVar[RiskDecision.Outcome]
        NO_ORDER: _ClassVar[RiskDecision.Outcome]
    OUTCOME_UNSPECIFIED: RiskDecision.Outcome
    APPROVED: RiskDecision.Outcome
    DENIED: RiskDecision.Outcome
    NO_ORDER: RiskDecision.Outcome
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    DENIAL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    outcome: RiskDecision.Outcome
    signal: TradingSignal
    order: Order
    denial: Denial
    reason: str
    def __init__(self, outcome: _Optional[_Union[RiskDecision.Outcome, str]] = ..., signal: _Optional[_Union[TradingSignal, _Mapping]] = ..., order: _Optional[_Union[Order, _Mapping]] = ..., denial: _Optional[_Union[Denial, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class LimitUse(_message.Message):
    __slots__ = ("name", "limit", "value", "unit", "symbol", "denies")
    NAME_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    DENIES_FIELD_NUMBER: _ClassVar[int]
    name: str
    limit: float
    value: float
    unit: str
    symbol: str
    denies: bool
    def __init__(self, name: _Optional[str] = ..., limit: _Optional[float] = ..., value: _Optional[float] = ..., unit: _Optional[str] = ..., symbol: _Optional[str] = ..., denies: _Optional[bool] = ...) -> None: ...

class RiskState(_message.Message):
    __slots__ = ("limits_version", "use", "daily_realized_pnl", "daily_unrealized_pnl", "day_start_us", "gates", "killed", "unmarked", "realized_at_day_start", "unrealized_at_day_start", "daily_peak_pnl", "strategies", "restricted")
    LIMITS_VERSION_FIELD_NUMBER: _ClassVar[int]
    USE_FIELD_NUMBER: _ClassVar[int]
    DAILY_REALIZED_PNL_FIELD_NUMBER: _ClassVar[int]
    DAILY_UNREALIZED_PNL_FIELD_NUMBER: _ClassVar[int]
    DAY_START_US_FIELD_NUMBER: _ClassVar[int]
    GATES_FIELD_NUMBER: _ClassVar[int]
    KILLED_FIELD_NUMBER: _ClassVar[int]
    UNMARKED_FIELD_NUMBER: _ClassVar[int]
    REALIZED_AT_DAY_START_FIELD_NUMBER: _ClassVar[int]
    UNREALIZED_AT_DAY_START_FIELD_NUMBER: _ClassVar[int]
    DAILY_PEAK_PNL_FIELD_NUMBER: _ClassVar[int]
    STRATEGIES_FIELD_NUMBER: _ClassVar[int]
    RESTRICTED_FIELD_NUMBER: _ClassVar[int]
    limits_version: int
    use: _containers.RepeatedCompositeFieldContainer[LimitUse]
    daily_realized_pnl: float
    daily_unrealized_pnl: float
    day_start_us: int
    gates: _containers.RepeatedCompositeFieldContainer[Gate]
    killed: bool
    unmarked: bool
    realized_at_day_start: float
    unrealized_at_day_start: float
    daily_peak_pnl: float
    strategies: _containers.RepeatedCompositeFieldContainer[StrategyRisk]
    restricted: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, limits_version: _Optional[int] = ..., use: _Optional[_Iterable[_Union[LimitUse, _Mapping]]] = ..., daily_realized_pnl: _Optional[float] = ..., daily_unrealized_pnl: _Optional[float] = ..., day_start_us: _Optional[int] = ..., gates: _Optional[_Iterable[_Union[Gate, _Mapping]]] = ..., killed: _Optional[bool] = ..., unmarked: _Optional[bool] = ..., realized_at_day_start: _Optional[float] = ..., unrealized_at_day_start: _Optional[float] = ..., daily_peak_pnl: _Optional[float] = ..., strategies: _Optional[_Iterable[_Union[StrategyRisk, _Mapping]]] = ..., restricted: _Optional[_Iterable[str]] = ...) -> None: ...

class StrategyRisk(_message.Message):
    __slots__ = ("symbol", "loss_streak", "realized_at_close", "executions_after_us", "stop")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    LOSS_STREAK_FIELD_NUMBER: _ClassVar[int]
    REALIZED_AT_CLOSE_FIELD_NUMBER: _ClassVar[int]
    EXECUTIONS_AFTER_US_FIELD_NUMBER: _ClassVar[int]
    STOP_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    loss_streak: int
    realized_at_close: float
    executions_after_us: int
    stop: StrategyCommand
    def __init__(self, symbol: _Optional[str] = ..., loss_streak: _Optional[int] = ..., realized_at_close: _Optional[float] = ..., executions_after_us: _Optional[int] = ..., stop: _Optional[_Union[StrategyCommand, _Mapping]] = ...) -> None: ...

class RoundTrip(_message.Message):
    __slots__ = ("symbol", "realized_pnl", "loss_streak", "realized_at_close")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    REALIZED_PNL_FIELD_NUMBER: _ClassVar[int]
    LOSS_STREAK_FIELD_NUMBER: _ClassVar[int]
    REALIZED_AT_CLOSE_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    realized_pnl: float
    loss_streak: int
    realized_at_close: float
    def __init__(self, symbol: _Optional[str] = ..., realized_pnl: _Optional[float] = ..., loss_streak: _Optional[int] = ..., realized_at_close: _Optional[float] = ...) -> None: ...

class RiskEvent(_message.Message):
    __slots__ = ("decision", "state", "gate_closed", "gate_opened", "command", "round_trip", "at_us", "epoch", "sequence", "published_us")
    DECISION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    GATE_CLOSED_FIELD_NUMBER: _ClassVar[int]
    GATE_OPENED_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    ROUND_TRIP_FIELD_NUMBER: _ClassVar[int]
    AT_US_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_US_FIELD_NUMBER: _ClassVar[int]
    decision: RiskDecision
    state: RiskState
    gate_closed: Gate
    gate_opened: Gate
    command: CommandRecord
    round_trip: RoundTrip
    at_us: int
    epoch: int
    sequence: int
    published_us: int
    def __init__(self, decision: _Optional[_Union[RiskDecision, _Mapping]] = ..., state: _Optional[_Union[RiskState, _Mapping]] = ..., gate_closed: _Optional[_Union[Gate, _Mapping]] = ..., gate_opened: _Optional[_Union[Gate, _Mapping]] = ..., command: _Optional[_Union[CommandRecord, _Mapping]] = ..., round_trip: _Optional[_Union[RoundTrip, _Mapping]] = ..., at_us: _Optional[int] = ..., epoch: _Optional[int] = ..., sequence: _Optional[int] = ..., published_us: _Optional[int] = ...) -> None: ...

class StrategyCommand(_message.Message):
    __slots__ = ("type", "symbol", "parameters", "reason", "command_id", "valid_until_us", "operator", "host", "session", "order_id", "os_user", "issued_us", "break_id", "break_action", "check_only")
    class Type(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        TYPE_UNSPECIFIED: _ClassVar[StrategyCommand.Type]
        UPDATE_RISK_LIMITS: _ClassVar[StrategyCommand.Type]
        PAUSE_TRADING: _ClassVar[StrategyCommand.Type]
        RESUME_TRADING: _ClassVar[StrategyCommand.Type]
        KILL_SWITCH: _ClassVar[StrategyCommand.Type]
        REARM: _ClassVar[StrategyCommand.Type]
        CANCEL: _ClassVar[StrategyCommand.Type]
        FLATTEN: _ClassVar[StrategyCommand.Type]
        RESOLVE_BREAK: _ClassVar[StrategyCommand.Type]
    TYPE_UNSPECIFIED: StrategyCommand.Type
    UPDATE_RISK_LIMITS: StrategyCommand.Type
    PAUSE_TRADING: StrategyCommand.Type
    RESUME_TRADING: StrategyCommand.Type
    KILL_SWITCH: StrategyCommand.Type
    REARM: StrategyCommand.Type
    CANCEL: StrategyCommand.Type
    FLATTEN: StrategyCommand.Type
    RESOLVE_BREAK: StrategyCommand.Type
    class ParametersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_US_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    OS_USER_FIELD_NUMBER: _ClassVar[int]
    ISSUED_US_FIELD_NUMBER: _ClassVar[int]
    BREAK_ID_FIELD_NUMBER: _ClassVar[int]
    BREAK_ACTION_FIELD_NUMBER: _ClassVar[int]
    CHECK_ONLY_FIELD_NUMBER: _ClassVar[int]
    type: StrategyCommand.Type
    symbol: str
    parameters: _containers.ScalarMap[str, float]
    reason: str
    command_id: str
    valid_until_us: int
    operator: str
    host: str
    session: str
    order_id: str
    os_user: str
    issued_us: int
    break_id: str
    break_action: Break.Action
    check_only: bool
    def __init__(self, type: _Optional[_Union[StrategyCommand.Type, str]] = ..., symbol: _Optional[str] = ..., parameters: _Optional[_Mapping[str, float]] = ..., reason: _Optional[str] = ..., command_id: _Optional[str] = ..., valid_until_us: _Optional[int] = ..., operator: _Optional[str] = ..., host: _Optional[str] = ..., session: _Optional[str] = ..., order_id: _Optional[str] = ..., os_user: _Optional[str] = ..., issued_us: _Optional[int] = ..., break_id: _Optional[str] = ..., break_action: _Optional[_Union[Break.Action, str]] = ..., check_only: _Optional[bool] = ...) -> None: ...

class CommandResult(_message.Message):
    __slots__ = ("command_id", "service", "outcome", "reason", "missing", "working_orders", "received_us", "done_us", "limits", "kill", "before", "after")
    class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        OUTCOME_UNSPECIFIED: _ClassVar[CommandResult.Outcome]
        ACCEPTED: _ClassVar[CommandResult.Outcome]
        DONE: _ClassVar[CommandResult.Outcome]
        REFUSED: _ClassVar[CommandResult.Outcome]
        NOT_KNOWN: _ClassVar[CommandResult.Outcome]
    OUTCOME_UNSPECIFIED: CommandResult.Outcome
    ACCEPTED: CommandResult.Outcome
    DONE: CommandResult.Outcome
    REFUSED: CommandResult.Outcome
    NOT_KNOWN: CommandResult.Outcome
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    WORKING_ORDERS_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_US_FIELD_NUMBER: _ClassVar[int]
    DONE_US_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    KILL_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    command_id: str
    service: str
    outcome: CommandResult.Outcome
    reason: str
    missing: _containers.RepeatedScalarFieldContainer[str]
    working_orders: int
    received_us: int
    done_us: int
    limits: _containers.RepeatedCompositeFieldContainer[LimitUse]
    kill: KillStage
    before: str
    after: str
    def __init__(self, command_id: _Optional[str] = ..., service: _Optional[str] = ..., outcome: _Optional[_Union[CommandResult.Outcome, str]] = ..., reason: _Optional[str] = ..., missing: _Optional[_Iterable[str]] = ..., working_orders: _Optional[int] = ..., received_us: _Optional[int] = ..., done_us: _Optional[int] = ..., limits: _Optional[_Iterable[_Union[LimitUse, _Mapping]]] = ..., kill: _Optional[_Union[KillStage, _Mapping]] = ..., before: _Optional[str] = ..., after: _Optional[str] = ...) -> None: ...

class CommandRecord(_message.Message):
    __slots__ = ("command", "result")
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    command: StrategyCommand
    result: CommandResult
    def __init__(self, command: _Optional[_Union[StrategyCommand, _Mapping]] = ..., result: _Optional[_Union[CommandResult, _Mapping]] = ...) -> None: ...

class ControlRequest(_message.Message):
    __slots__ = ("request_id", "ping", "command", "snapshot", "replay", "query", "start", "bars")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    REPLAY_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    BARS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    ping: Ping
    command: StrategyCommand
    snapshot: SnapshotRequest
    replay: ReplayRequest
    query: CommandQuery
    start: StartSource
    bars: BarsRequest
    def __init__(self, request_id: _Optional[str] = ..., ping: _Optional[_Union[Ping, _Mapping]] = ..., command: _Optional[_Union[StrategyCommand, _Mapping]] = ..., snapshot: _Optional[_Union[SnapshotRequest, _Mapping]] = ..., replay: _Optional[_Union[ReplayRequest, _Mapping]] = ..., query: _Optional[_Union[CommandQuery, _Mapping]] = ..., start: _Optional[_Union[StartSource, _Mapping]] = ..., bars: _Optional[_Union[BarsRequest, _Mapping]] = ...) -> None: ...

class Ping(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CommandQuery(_message.Message):
    __slots__ = ("command_id",)
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    command_id: str
    def __init__(self, command_id: _Optional[str] = ...) -> None: ...

class StartSource(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SnapshotRequest(_message.Message):
    __slots__ = ("finished_orders", "fills")
    FINISHED_ORDERS_FIELD_NUMBER: _ClassVar[int]
    FILLS_FIELD_NUMBER: _ClassVar[int]
    finished_orders: int
    fills: int
    def __init__(self, finished_orders: _Optional[int] = ..., fills: _Optional[int] = ...) -> None: ...

class ReplayRequest(_message.Message):
    __slots__ = ("from_sequence", "limit")
    FROM_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    from_sequence: int
    limit: int
    def __init__(self, from_sequence: _Optional[int] = ..., limit: _Optional[int] = ...) -> None: ...

class BarsRequest(_message.Message):
    __slots__ = ("symbol", "limit")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    limit: int
    def __init__(self, symbol: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class Bars(_message.Message):
    __slots__ = ("symbol", "series", "epoch", "sequence")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    SERIES_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    series: _containers.RepeatedCompositeFieldContainer[BarSeries]
    epoch: int
    sequence: int
    def __init__(self, symbol: _Optional[str] = ..., series: _Optional[_Iterable[_Union[BarSeries, _Mapping]]] = ..., epoch: _Optional[int] = ..., sequence: _Optional[int] = ...) -> None: ...

class BarSeries(_message.Message):
    __slots__ = ("interval_us", "start_us", "open", "high", "low", "close", "volume", "rows", "after_break", "last_is_open")
    INTERVAL_US_FIELD_NUMBER: _ClassVar[int]
    START_US_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    CLOSE_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    AFTER_BREAK_FIELD_NUMBER: _ClassVar[int]
    LAST_IS_OPEN_FIELD_NUMBER: _ClassVar[int]
    interval_us: int
    start_us: _containers.RepeatedScalarFieldContainer[int]
    open: _containers.RepeatedScalarFieldContainer[float]
    high: _containers.RepeatedScalarFieldContainer[float]
    low: _containers.RepeatedScalarFieldContainer[float]
    close: _containers.RepeatedScalarFieldContainer[float]
    volume: _containers.RepeatedScalarFieldContainer[float]
    rows: _containers.RepeatedScalarFieldContainer[int]
    after_break: _containers.RepeatedScalarFieldContainer[bool]
    last_is_open: bool
    def __init__(self, interval_us: _Optional[int] = ..., start_us: _Optional[_Iterable[int]] = ..., open: _Optional[_Iterable[float]] = ..., high: _Optional[_Iterable[float]] = ..., low: _Optional[_Iterable[float]] = ..., close: _Optional[_Iterable[float]] = ..., volume: _Optional[_Iterable[float]] = ..., rows: _Optional[_Iterable[int]] = ..., after_break: _Optional[_Iterable[bool]] = ..., last_is_open: _Optional[bool] = ...) -> None: ...

class ControlReply(_message.Message):
    __slots__ = ("request_id", "service", "pong", "result", "snapshot", "replay", "error", "bars")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    PONG_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    SNAPSHOT_FIELD_NUMBER: _ClassVar[int]
    REPLAY_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    BARS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    service: str
    pong: Pong
    result: CommandResult
    snapshot: Snapshot
    replay: Replay
    error: str
    bars: Bars
    def __init__(self, request_id: _Optional[str] = ..., service: _Optional[str] = ..., pong: _Optional[_Union[Pong, _Mapping]] = ..., result: _Optional[_Union[CommandResult, _Mapping]] = ..., snapshot: _Optional[_Union[Snapshot, _Mapping]] = ..., replay: _Optional[_Union[Replay, _Mapping]] = ..., error: _Optional[str] = ..., bars: _Optional[_Union[Bars, _Mapping]] = ...) -> None: ...

class Pong(_message.Message):
    __slots__ = ("service", "pid", "state", "detail", "epoch", "last_sequence", "last_sequences", "started_us", "now_us", "gates", "counters", "source", "store", "trading", "risk", "model", "venue", "home")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Pong.State]
        STARTING: _ClassVar[Pong.State]
        READY: _ClassVar[Pong.State]
        DEGRADED: _ClassVar[Pong.State]
    STATE_UNSPECIFIED: Pong.State
    STARTING: Pong.State
    READY: Pong.State
    DEGRADED: Pong.State
    class LastSequencesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    class CountersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    PID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCES_FIELD_NUMBER: _ClassVar[int]
    STARTED_US_FIELD_NUMBER: _ClassVar[int]
    NOW_US_FIELD_NUMBER: _ClassVar[int]
    GATES_FIELD_NUMBER: _ClassVar[int]
    COUNTERS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    STORE_FIELD_NUMBER: _ClassVar[int]
    TRADING_FIELD_NUMBER: _ClassVar[int]
    RISK_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VENUE_FIELD_NUMBER: _ClassVar[int]
    HOME_FIELD_NUMBER: _ClassVar[int]
    service: str
    pid: int
    state: Pong.State
    detail: str
    epoch: int
    last_sequence: int
    last_sequences: _containers.ScalarMap[str, int]
    started_us: int
    now_us: int
    gates: _containers.RepeatedCompositeFieldContainer[Gate]
    counters: _containers.ScalarMap[str, float]
    source: SourceStatus
    store: StoreStatus
    trading: TradingState
    risk: RiskState
    model: ModelStatus
    venue: str
    home: str
    def __init__(self, service: _Optional[str] = ..., pid: _Optional[int] = ..., state: _Optional[_Union[Pong.State, str]] = ..., detail: _Optional[str] = ..., epoch: _Optional[int] = ..., last_sequence: _Optional[int] = ..., last_sequences: _Optional[_Mapping[str, int]] = ..., started_us: _Optional[int] = ..., now_us: _Optional[int] = ..., gates: _Optional[_Iterable[_Union[Gate, _Mapping]]] = ..., counters: _Optional[_Mapping[str, float]] = ..., source: _Optional[_Union[SourceStatus, _Mapping]] = ..., store: _Optional[_Union[StoreStatus, _Mapping]] = ..., trading: _Optional[_Union[TradingState, _Mapping]] = ..., risk: _Optional[_Union[RiskState, _Mapping]] = ..., model: _Optional[_Union[ModelStatus, _Mapping]] = ..., venue: _Optional[str] = ..., home: _Optional[str] = ...) -> None: ...

class SourceStatus(_message.Message):
    __slots__ = ("kind", "state", "rows", "faults", "reason", "speed", "event_us")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[SourceStatus.State]
        HELD: _ClassVar[SourceStatus.State]
        RUNNING: _ClassVar[SourceStatus.State]
        ENDED: _ClassVar[SourceStatus.State]
        FAILED: _ClassVar[SourceStatus.State]
    STATE_UNSPECIFIED: SourceStatus.State
    HELD: SourceStatus.State
    RUNNING: SourceStatus.State
    ENDED: SourceStatus.State
    FAILED: SourceStatus.State
    class FaultsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SPEED_FIELD_NUMBER: _ClassVar[int]
    EVENT_US_FIELD_NUMBER: _ClassVar[int]
    kind: str
    state: SourceStatus.State
    rows: int
    faults: _containers.ScalarMap[str, int]
    reason: str
    speed: float
    event_us: int
    def __init__(self, kind: _Optional[str] = ..., state: _Optional[_Union[SourceStatus.State, str]] = ..., rows: _Optional[int] = ..., faults: _Optional[_Mapping[str, int]] = ..., reason: _Optional[str] = ..., speed: _Optional[float] = ..., event_us: _Optional[int] = ...) -> None: ...

class StoreStatus(_message.Message):
    __slots__ = ("state", "lag_ms", "backlog", "detail")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[StoreStatus.State]
        OK: _ClassVar[StoreStatus.State]
        BEHIND: _ClassVar[StoreStatus.State]
        AWAY: _ClassVar[StoreStatus.State]
        OFF: _ClassVar[StoreStatus.State]
        DIFFERS: _ClassVar[StoreStatus.State]
    STATE_UNSPECIFIED: StoreStatus.State
    OK: StoreStatus.State
    BEHIND: StoreStatus.State
    AWAY: StoreStatus.State
    OFF: StoreStatus.State
    DIFFERS: StoreStatus.State
    STATE_FIELD_NUMBER: _ClassVar[int]
    LAG_MS_FIELD_NUMBER: _ClassVar[int]
    BACKLOG_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    state: StoreStatus.State
    lag_ms: int
    backlog: int
    detail: str
    def __init__(self, state: _Optional[_Union[StoreStatus.State, str]] = ..., lag_ms: _Optional[int] = ..., backlog: _Optional[int] = ..., detail: _Optional[str] = ...) -> None: ...

class ModelStatus(_message.Message):
    __slots__ = ("version", "hash", "loaded", "reason", "test_model", "bars_until_warm", "rejected_version", "rejected_reason", "shadow", "drift", "drift_samples", "looked_us")
    class BarsUntilWarmEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    VERSION_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    LOADED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TEST_MODEL_FIELD_NUMBER: _ClassVar[int]
    BARS_UNTIL_WARM_FIELD_NUMBER: _ClassVar[int]
    REJECTED_VERSION_FIELD_NUMBER: _ClassVar[int]
    REJECTED_REASON_FIELD_NUMBER: _ClassVar[int]
    SHADOW_FIELD_NUMBER: _ClassVar[int]
    DRIFT_FIELD_NUMBER: _ClassVar[int]
    DRIFT_SAMPLES_FIELD_NUMBER: _ClassVar[int]
    LOOKED_US_FIELD_NUMBER: _ClassVar[int]
    version: str
    hash: str
    loaded: bool
    reason: str
    test_model: bool
    bars_until_warm: _containers.ScalarMap[str, int]
    rejected_version: str
    rejected_reason: str
    shadow: ShadowStatus
    drift: _containers.RepeatedCompositeFieldContainer[FeatureDrift]
    drift_samples: int
    looked_us: int
    def __init__(self, version: _Optional[str] = ..., hash: _Optional[str] = ..., loaded: _Optional[bool] = ..., reason: _Optional[str] = ..., test_model: _Optional[bool] = ..., bars_until_warm: _Optional[_Mapping[str, int]] = ..., rejected_version: _Optional[str] = ..., rejected_reason: _Optional[str] = ..., shadow: _Optional[_Union[ShadowStatus, _Mapping]] = ..., drift: _Optional[_Iterable[_Union[FeatureDrift, _Mapping]]] = ..., drift_samples: _Optional[int] = ..., looked_us: _Optional[int] = ...) -> None: ...

class ShadowStatus(_message.Message):
    __slots__ = ("version", "hash", "loaded", "reason", "decisions", "disagreements", "unrecorded")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    LOADED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    DISAGREEMENTS_FIELD_NUMBER: _ClassVar[int]
    UNRECORDED_FIELD_NUMBER: _ClassVar[int]
    version: str
    hash: str
    loaded: bool
    reason: str
    decisions: int
    disagreements: int
    unrecorded: int
    def __init__(self, version: _Optional[str] = ..., hash: _Optional[str] = ..., loaded: _Optional[bool] = ..., reason: _Optional[str] = ..., decisions: _Optional[int] = ..., disagreements: _Optional[int] = ..., unrecorded: _Optional[int] = ...) -> None: ...

class FeatureDrift(_message.Message):
    __slots__ = ("name", "psi")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PSI_FIELD_NUMBER: _ClassVar[int]
    name: str
    psi: float
    def __init__(self, name: _Optional[str] = ..., psi: _Optional[float] = ...) -> None: ...

class Snapshot(_message.Message):
    __slots__ = ("epoch", "sequence", "orders", "fills", "positions", "trading", "risk", "decisions", "market", "signals", "commands", "at_us")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    FILLS_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    TRADING_FIELD_NUMBER: _ClassVar[int]
    RISK_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    MARKET_FIELD_NUMBER: _ClassVar[int]
    SIGNALS_FIELD_NUMBER: _ClassVar[int]
    COMMANDS_FIELD_NUMBER: _ClassVar[int]
    AT_US_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    sequence: int
    orders: _containers.RepeatedCompositeFieldContainer[Order]
    fills: _containers.RepeatedCompositeFieldContainer[Fill]
    positions: _containers.RepeatedCompositeFieldContainer[Position]
    trading: TradingState
    risk: RiskState
    decisions: _containers.RepeatedCompositeFieldContainer[RiskDecision]
    market: _containers.RepeatedCompositeFieldContainer[MarketData]
    signals: _containers.RepeatedCompositeFieldContainer[TradingSignal]
    commands: _containers.RepeatedCompositeFieldContainer[CommandRecord]
    at_us: int
    def __init__(self, epoch: _Optional[int] = ..., sequence: _Optional[int] = ..., orders: _Optional[_Iterable[_Union[Order, _Mapping]]] = ..., fills: _Optional[_Iterable[_Union[Fill, _Mapping]]] = ..., positions: _Optional[_Iterable[_Union[Position, _Mapping]]] = ..., trading: _Optional[_Union[TradingState, _Mapping]] = ..., risk: _Optional[_Union[RiskState, _Mapping]] = ..., decisions: _Optional[_Iterable[_Union[RiskDecision, _Mapping]]] = ..., market: _Optional[_Iterable[_Union[MarketData, _Mapping]]] = ..., signals: _Optional[_Iterable[_Union[TradingSignal, _Mapping]]] = ..., commands: _Optional[_Iterable[_Union[CommandRecord, _Mapping]]] = ..., at_us: _Optional[int] = ...) -> None: ...

class Replay(_message.Message):
    __slots__ = ("execution", "risk", "next_sequence", "last_sequence")
    EXECUTION_FIELD_NUMBER: _ClassVar[int]
    RISK_FIELD_NUMBER: _ClassVar[int]
    NEXT_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    execution: _containers.RepeatedCompositeFieldContainer[ExecutionEvent]
    risk: _containers.RepeatedCompositeFieldContainer[RiskEvent]
    next_sequence: int
    last_sequence: int
    def __init__(self, execution: _Optional[_Iterable[_Union[ExecutionEvent, _Mapping]]] = ..., risk: _Optional[_Iterable[_Union[RiskEvent, _Mapping]]] = ..., next_sequence: _Optional[int] = ..., last_sequence: _Optional[int] = ...) -> None: ...

class OrderRequest(_message.Message):
    __slots__ = ("request_id", "submit", "cancel", "limits")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SUBMIT_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    submit: Order
    cancel: str
    limits: Limits
    def __init__(self, request_id: _Optional[str] = ..., submit: _Optional[_Union[Order, _Mapping]] = ..., cancel: _Optional[str] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("version", "values")
    class ValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    VERSION_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    version: int
    values: _containers.ScalarMap[str, float]
    def __init__(self, version: _Optional[int] = ..., values: _Optional[_Mapping[str, float]] = ...) -> None: ...

class OrderReply(_message.Message):
    __slots__ = ("request_id", "accepted", "reason", "client_order_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    accepted: bool
    reason: str
    client_order_id: str
    def __init__(self, request_id: _Optional[str] = ..., accepted: _Optional[bool] = ..., reason: _Optional[str] = ..., client_order_id: _Optional[str] = ...) -> None: ...

class VenueRequest(_message.Message):
    __slots__ = ("request_id", "logon", "submit", "cancel", "mass_cancel", "block", "query", "open_orders", "executions", "positions", "heartbeat", "order_history")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    LOGON_FIELD_NUMBER: _ClassVar[int]
    SUBMIT_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    MASS_CANCEL_FIELD_NUMBER: _ClassVar[int]
    BLOCK_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    OPEN_ORDERS_FIELD_NUMBER: _ClassVar[int]
    EXECUTIONS_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    ORDER_HISTORY_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    logon: Logon
    submit: Order
    cancel: str
    mass_cancel: MassCancel
    block: SessionBlock
    query: OrderQuery
    open_orders: OpenOrdersQuery
    executions: ExecutionsQuery
    positions: PositionsQuery
    heartbeat: VenueHeartbeat
    order_history: OrderHistoryQuery
    def __init__(self, request_id: _Optional[str] = ..., logon: _Optional[_Union[Logon, _Mapping]] = ..., submit: _Optional[_Union[Order, _Mapping]] = ..., cancel: _Optional[str] = ..., mass_cancel: _Optional[_Union[MassCancel, _Mapping]] = ..., block: _Optional[_Union[SessionBlock, _Mapping]] = ..., query: _Optional[_Union[OrderQuery, _Mapping]] = ..., open_orders: _Optional[_Union[OpenOrdersQuery, _Mapping]] = ..., executions: _Optional[_Union[ExecutionsQuery, _Mapping]] = ..., positions: _Optional[_Union[PositionsQuery, _Mapping]] = ..., heartbeat: _Optional[_Union[VenueHeartbeat, _Mapping]] = ..., order_history: _Optional[_Union[OrderHistoryQuery, _Mapping]] = ...) -> None: ...

class Logon(_message.Message):
    __slots__ = ("session", "cancel_on_disconnect", "executions_from")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    CANCEL_ON_DISCONNECT_FIELD_NUMBER: _ClassVar[int]
    EXECUTIONS_FROM_FIELD_NUMBER: _ClassVar[int]
    session: str
    cancel_on_disconnect: bool
    executions_from: int
    def __init__(self, session: _Optional[str] = ..., cancel_on_disconnect: _Optional[bool] = ..., executions_from: _Optional[int] = ...) -> None: ...

class MassCancel(_message.Message):
    __slots__ = ("symbol", "block", "reason", "kill_id")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    BLOCK_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    KILL_ID_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    block: bool
    reason: str
    kill_id: str
    def __init__(self, symbol: _Optional[str] = ..., block: _Optional[bool] = ..., reason: _Optional[str] = ..., kill_id: _Optional[str] = ...) -> None: ...

class SessionBlock(_message.Message):
    __slots__ = ("blocked", "symbol", "reason", "kill_ids")
    BLOCKED_FIELD_NUMBER: _ClassVar[int]
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    KILL_IDS_FIELD_NUMBER: _ClassVar[int]
    blocked: bool
    symbol: str
    reason: str
    kill_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, blocked: _Optional[bool] = ..., symbol: _Optional[str] = ..., reason: _Optional[str] = ..., kill_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class OrderQuery(_message.Message):
    __slots__ = ("client_order_id",)
    CLIENT_ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    client_order_id: str
    def __init__(self, client_order_id: _Optional[str] = ...) -> None: ...

class OpenOrdersQuery(_message.Message):
    __slots__ = ("symbol",)
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    def __init__(self, symbol: _Optional[str] = ...) -> None: ...

class ExecutionsQuery(_message.Message):
    __slots__ = ("from_sequence", "limit")
    FROM_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    from_sequence: int
    limit: int
    def __init__(self, from_sequence: _Optional[int] = ..., limit: _Optional[int] = ...) -> None: ...

class PositionsQuery(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class OrderHistoryQuery(_message.Message):
    __slots__ = ("from_sequence", "limit")
    FROM_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    from_sequence: int
    limit: int
    def __init__(self, from_sequence: _Optional[int] = ..., limit: _Optional[int] = ...) -> None: ...

class VenueHeartbeat(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class VenueReply(_message.Message):
    __slots__ = ("request_id", "ok", "reason", "venue", "execution_sequence", "order", "fill", "orders", "executions", "positions", "logon", "mass_cancel", "heartbeat", "order_history", "at_us")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    OK_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    VENUE_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    FILL_FIELD_NUMBER: _ClassVar[int]
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    EXECUTIONS_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    LOGON_FIELD_NUMBER: _ClassVar[int]
    MASS_CANCEL_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    ORDER_HISTORY_FIELD_NUMBER: _ClassVar[int]
    AT_US_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    ok: bool
    reason: str
    venue: str
    execution_sequence: int
    order: VenueOrder
    fill: Fill
    orders: VenueOrders
    executions: Executions
    positions: VenuePositions
    logon: LogonReply
    mass_cancel: MassCancelReply
    heartbeat: VenueHeartbeat
    order_history: OrderHistory
    at_us: int
    def __init__(self, request_id: _Optional[str] = ..., ok: _Optional[bool] = ..., reason: _Optional[str] = ..., venue: _Optional[str] = ..., execution_sequence: _Optional[int] = ..., order: _Optional[_Union[VenueOrder, _Mapping]] = ..., fill: _Optional[_Union[Fill, _Mapping]] = ..., orders: _Optional[_Union[VenueOrders, _Mapping]] = ..., executions: _Optional[_Union[Executions, _Mapping]] = ..., positions: _Optional[_Union[VenuePositions, _Mapping]] = ..., logon: _Optional[_Union[LogonReply, _Mapping]] = ..., mass_cancel: _Optional[_Union[MassCancelReply, _Mapping]] = ..., heartbeat: _Optional[_Union[VenueHeartbeat, _Mapping]] = ..., order_history: _Optional[_Union[OrderHistory, _Mapping]] = ..., at_us: _Optional[int] = ...) -> None: ...

class VenueOrder(_message.Message):
    __slots__ = ("known", "order", "ahead")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    AHEAD_FIELD_NUMBER: _ClassVar[int]
    known: bool
    order: Order
    ahead: int
    def __init__(self, known: _Optional[bool] = ..., order: _Optional[_Union[Order, _Mapping]] = ..., ahead: _Optional[int] = ...) -> None: ...

class VenueOrders(_message.Message):
    __slots__ = ("orders",)
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    orders: _containers.RepeatedCompositeFieldContainer[Order]
    def __init__(self, orders: _Optional[_Iterable[_Union[Order, _Mapping]]] = ...) -> None: ...

class OrderHistory(_message.Message):
    __slots__ = ("orders", "last_sequence")
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    orders: _containers.RepeatedCompositeFieldContainer[Order]
    last_sequence: int
    def __init__(self, orders: _Optional[_Iterable[_Union[Order, _Mapping]]] = ..., last_sequence: _Optional[int] = ...) -> None: ...

class Executions(_message.Message):
    __slots__ = ("fills", "last_sequence")
    FILLS_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    fills: _containers.RepeatedCompositeFieldContainer[Fill]
    last_sequence: int
    def __init__(self, fills: _Optional[_Iterable[_Union[Fill, _Mapping]]] = ..., last_sequence: _Optional[int] = ...) -> None: ...

class VenuePositions(_message.Message):
    __slots__ = ("positions",)
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    positions: _containers.RepeatedCompositeFieldContainer[Position]
    def __init__(self, positions: _Optional[_Iterable[_Union[Position, _Mapping]]] = ...) -> None: ...

class LogonReply(_message.Message):
    __slots__ = ("session", "blocked", "blocked_symbols", "last_execution", "venue_now_us")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    BLOCKED_FIELD_NUMBER: _ClassVar[int]
    BLOCKED_SYMBOLS_FIELD_NUMBER: _ClassVar[int]
    LAST_EXECUTION_FIELD_NUMBER: _ClassVar[int]
    VENUE_NOW_US_FIELD_NUMBER: _ClassVar[int]
    session: str
    blocked: bool
    blocked_symbols: _containers.RepeatedScalarFieldContainer[str]
    last_execution: int
    venue_now_us: int
    def __init__(self, session: _Optional[str] = ..., blocked: _Optional[bool] = ..., blocked_symbols: _Optional[_Iterable[str]] = ..., last_execution: _Optional[int] = ..., venue_now_us: _Optional[int] = ...) -> None: ...

class MassCancelReply(_message.Message):
    __slots__ = ("cancelled", "client_order_ids", "refused", "blocking")
    CANCELLED_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ORDER_IDS_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    BLOCKING_FIELD_NUMBER: _ClassVar[int]
    cancelled: int
    client_order_ids: _containers.RepeatedScalarFieldContainer[str]
    refused: _containers.RepeatedCompositeFieldContainer[KillStage.Unresolved]
    blocking: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, cancelled: _Optional[int] = ..., client_order_ids: _Optional[_Iterable[str]] = ..., refused: _Optional[_Iterable[_Union[KillStage.Unresolved, _Mapping]]] = ..., blocking: _Optional[_Iterable[str]] = ...) -> None: ...
