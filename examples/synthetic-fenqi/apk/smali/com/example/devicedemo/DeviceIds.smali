# STUB written for the demonstration: the entry class of a device-id SDK that does not exist, in the name space that is
# reserved for examples.
.class public Lcom/example/devicedemo/DeviceIds;
.super Ljava/lang/Object;
.source "DeviceIds.java"

.method public constructor <init>()V
    .registers 1
    invoke-direct {p0}, Ljava/lang/Object;-><init>()V
    return-void
.end method

.method public static start(Landroid/content/Context;)V
    .registers 1
    return-void
.end method
