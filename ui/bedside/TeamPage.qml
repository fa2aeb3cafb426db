pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../beds"
import "../components"
import "../theme"

// Who looks after the patient: names and what they do.
Card {
    id: page

    required property BedsideModel model
    readonly property real pad: 3 * Theme.grid

    Label {
        id: head

        anchors.left: parent.left
        anchors.margins: page.pad
        anchors.right: parent.right
        anchors.top: parent.top
        color: Theme.brand
        font.pixelSize: Theme.sizeLabel
        font.weight: Theme.semibold
        text: page.model.labels.team
        wrapMode: Text.Wrap
    }
    ScrollArea {
        id: area

        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.grid
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.top: head.bottom
        anchors.topMargin: Theme.grid
        contentHeight: rows.implicitHeight

        Column {
            id: rows

            width: area.width

            Repeater {
                id: people

                model: page.model.team

                Item {
                    id: person

                    required property string key
                    required property string icon
                    required property string name
                    required property string role

                    implicitHeight: words.implicitHeight + 2 * Theme.grid
                    objectName: "member-" + person.key
                    width: rows.width

                    Icon {
                        id: mark

                        anchors.left: parent.left
                        anchors.leftMargin: page.pad
                        anchors.verticalCenter: parent.verticalCenter
                        color: Theme.brand
                        name: person.icon
                        size: Theme.sizeTitle
                    }
                    Column {
                        id: words

                        anchors.left: mark.right
                        anchors.leftMargin: 2 * Theme.grid
                        anchors.right: parent.right
                        anchors.rightMargin: page.pad
                        anchors.verticalCenter: parent.verticalCenter

                        Label {
                            font.weight: Theme.semibold
                            text: person.name
                            width: parent.width
                            wrapMode: Text.Wrap
                        }
                        Label {
                            color: Theme.muted
                            font.pixelSize: Theme.sizeSmall
                            text: person.role
                            width: parent.width
                            wrapMode: Text.Wrap
                        }
                    }
                }
            }
            Label {
                color: Theme.muted
                leftPadding: page.pad
                objectName: "teamEmpty"
                rightPadding: page.pad
                text: page.model.labels.teamNone
                visible: people.count === 0
                width: rows.width
                wrapMode: Text.Wrap
            }
        }
    }
}
