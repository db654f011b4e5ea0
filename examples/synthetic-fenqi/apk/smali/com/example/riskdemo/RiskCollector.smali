# STUB written for the demonstration: the entry class of a risk-control SDK that does not exist, in the name space that
# is reserved for examples.
.class public final Lcom/example/riskdemo/RiskCollector;
.super Ljava/lang/Object;
.source "RiskCollector.java"

.method private constructor <init>()V
    .registers 1
    invoke-direct {p0}, Ljava/lang/Object;-><init>()V
    return-void
.end method

.method public static start(Landroid/content/Context;)V
    .registers 3
    invoke-virtual {p0}, Landroid/content/Context;->getContentResolver()Landroid/content/ContentResolver;
    move-result-object v0
    invoke-static {v0}, Lcom/example/riskdemo/RiskCollector;->calls(Landroid/content/ContentResolver;)Landroid/database/Cursor;
    return-void
.end method

.method private static calls(Landroid/content/ContentResolver;)Landroid/database/Cursor;
    .registers 8
    move-object v0, p0
    sget-object v1, Landroid/provider/CallLog$Calls;->CONTENT_URI:Landroid/net/Uri;
    const/4 v2, 0x0
    const/4 v3, 0x0
    const/4 v4, 0x0
    const/4 v5, 0x0
    invoke-virtual/range {v0 .. v5}, Landroid/content/ContentResolver;->query(Landroid/net/Uri;[Ljava/lang/String;Ljava/lang/String;[Ljava/lang/String;Ljava/lang/String;)Landroid/database/Cursor;
    move-result-object v0
    return-object v0
.end method
